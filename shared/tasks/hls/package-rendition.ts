import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { MillraceError } from '../../core/errors.ts';
import { AUDIO_TRACK, mediaPath } from '../../core/hls/paths.ts';
import { segmentFrames, segmentSeconds, targetSeconds } from '../../core/hls/segment-grid.ts';
import type { Plan, RenditionPlan } from '../../core/plan.ts';
import type { MadeMedia } from '../../core/ports/work.ts';
import { packagePicture } from './package-picture.ts';
import { packageSound } from './package-sound.ts';

/** A verified rendition. */
export interface FinishedRendition {
  /** Path. */
  readonly file: string;
  readonly frames: number;
  readonly width: number;
  readonly height: number;
  /** That of a damaged source may be lost as a whole. */
  readonly hasSound: boolean;
}

/**
 * Packages the picture of a rendition for playlists, by copy, beside the file; the lowest rendition of a plan brings the
 * sound of all.
 * @throws MillraceError `output.invalid` when not every frame is there
 */
export async function packageRendition(
  plan: Plan,
  rendition: RenditionPlan,
  finished: FinishedRendition,
): Promise<readonly MadeMedia[]> {
  const { name } = rendition;
  const folder = join(dirname(finished.file), `${name}-hls`);
  await mkdir(folder, { recursive: true });
  const picture = await picturePackage(plan, rendition, finished, folder);
  const bringsSound = plan.renditions[0]?.name === name && finished.hasSound;
  if (plan.audio === null || !bringsSound) return [picture];
  return [picture, await soundPackage(plan, plan.audio.sampleRate, finished.file, folder)];
}

async function picturePackage(
  plan: Plan,
  { name, frameRate, gopFrames }: RenditionPlan,
  { file, frames, width, height }: FinishedRendition,
  folder: string,
): Promise<MadeMedia> {
  const packaged = await packagePicture({
    file,
    outputFile: join(folder, `${name}.mp4`),
    track: name,
    path: mediaPath(name),
    ...{ frameRate, gopFrames, segmentFrames: segmentFrames(plan), firstFrame: 0 },
  });
  if (packaged.frames !== frames) {
    throw new MillraceError(
      'output.invalid',
      `The ${name} for playlists has ${packaged.frames} frames, not ${frames}.`,
    );
  }
  const picture = { width, height, frameRate };
  const { media, keyframes } = packaged;
  return { ...media, playlists: { keyframes, targetSeconds: targetSeconds(plan), picture } };
}

async function soundPackage(
  plan: Plan,
  sampleRate: number,
  file: string,
  folder: string,
): Promise<MadeMedia> {
  const { media } = await packageSound({
    file,
    outputFile: join(folder, `${AUDIO_TRACK}.mp4`),
    path: mediaPath(AUDIO_TRACK),
    ...{ sampleRate, firstPacket: 0, dropPackets: 'priming', packets: null },
    segmentSeconds: segmentSeconds(plan),
  });
  return { ...media, playlists: { keyframes: [], targetSeconds: targetSeconds(plan), picture: null } };
}
