import type { ChunkPlan } from '../../core/chunks/chunk-plan.ts';
import { areKeyframesSparse, keyframePlaces } from '../../core/chunks/keyframe-look.ts';
import { type ChunkLengths, planChunks } from '../../core/chunks/plan-chunks.ts';
import type { Source } from '../../core/job.ts';
import type { Plan } from '../../core/plan.ts';
import type { LookForKeyframes } from '../../core/ports/keyframes.ts';
import type { OpenMedia } from '../../core/ports/media.ts';
import type { ObjectStore } from '../../core/ports/object-store.ts';
import type { Probe } from '../../core/probe.ts';
import { readMedia } from '../read-media.ts';

export interface CutPorts {
  readonly sources: ObjectStore;
  readonly openMedia: OpenMedia;
  readonly keyframes: LookForKeyframes;
}

/** Cuts a job into chunks, longer ones where little of the source can be reached without decoding much for nothing. */
export async function cutJob(
  { sources, openMedia, keyframes }: CutPorts,
  lengths: ChunkLengths,
  source: Source,
  probe: Probe,
  plan: Plan,
): Promise<ChunkPlan> {
  const places = keyframePlaces(probe);
  if (lengths.segmentsPerChunk !== null || places.length === 0) {
    return planChunks(probe, plan, { ...lengths, isSparse: true });
  }
  const { key, size, etag, versionId } = source;
  const object = { store: sources, key, pin: { etag, versionId }, size };
  const leads = await readMedia(openMedia, object, (input) => keyframes(input, probe.video.ordinal, places));
  return planChunks(probe, plan, { ...lengths, isSparse: areKeyframesSparse(leads) });
}
