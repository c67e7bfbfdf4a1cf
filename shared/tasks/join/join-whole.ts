import type { Warning } from '../../core/errors.ts';
import type { Output } from '../../core/job.ts';
import { progressiveLayout } from '../../core/mp4/progressive-layout.ts';
import type { RenditionPlan } from '../../core/plan.ts';
import type { FileDigest } from '../../core/ports/host.ts';
import type { ObjectStore } from '../../core/ports/object-store.ts';
import type { PartUploads } from '../../core/ports/part-uploads.ts';
import type { MakeContext } from '../../core/ports/work.ts';
import { digestObject } from '../commit-file.ts';
import { type CheckedJoin, type CheckTools, checkJoined } from './check-joined.ts';
import { type IndexedFile, placedIndexes } from './read-heads.ts';
import { type PartTarget, RENDITION_TYPE, renditionPath, uploadWhole } from './upload-parts.ts';
import { openVirtualFile } from './virtual-file.ts';

export interface JoinTools extends CheckTools {
  readonly outputs: ObjectStore;
  readonly uploads: PartUploads;
}

export interface WholeJoin {
  readonly target: PartTarget;
  readonly rendition: RenditionPlan;
  /** All of them, in the order of time. */
  readonly picture: readonly IndexedFile[];
  /** Null: no sound. */
  readonly sound: readonly IndexedFile[] | null;
  /** 0 to 1. */
  readonly onProgress: (fraction: number) => void;
}

export interface JoinedRendition {
  readonly output: Output;
  readonly warnings: readonly Warning[];
}

/** Verifies a rendition whose chunks are all there, and makes it stand at its key. */
export async function joinWhole(
  tools: JoinTools,
  context: MakeContext,
  join: WholeJoin,
): Promise<JoinedRendition> {
  const { picture, sound, rendition, target } = join;
  const layout = progressiveLayout({
    picture: placedIndexes(picture),
    sound: sound && placedIndexes(sound),
  });
  const head = layout.head();
  const file = openVirtualFile({
    ...{ store: tools.outputs, jobId: context.jobId },
    ...{ head, pieces: layout.pieces },
  });
  const codecs = [picture[0], sound?.[0]].flatMap((first) => (first ? [first.file.codecs] : [])).join();
  const frames = picture.reduce((sum, { index }) => sum + index.sizes.length, 0);
  const joined = { rendition, file, frames, codecs };

  const { key } = target;
  if ((await tools.outputs.head(key)) !== undefined) {
    // Whoever completed it died before it could say so.
    const checked = await checkJoined(tools, context, joined);
    return rendered(rendition, await digestObject(tools.outputs, key), checked);
  }
  const { digest, made, verified } = await uploadWhole(target, context, {
    ...{ file, headBytes: head.length, onProgress: join.onProgress },
    verify: (signal) => checkJoined(tools, { ...context, signal }, joined),
  });
  return rendered(rendition, made === 'created' ? digest : await digestObject(tools.outputs, key), verified);
}

function rendered(
  { name }: RenditionPlan,
  { bytes, sha256 }: FileDigest,
  { facts, warnings }: CheckedJoin,
): JoinedRendition {
  const { width, height, durationSeconds, codecs } = facts;
  const output: Output = {
    ...{ name, kind: 'rendition', path: renditionPath(name), contentType: RENDITION_TYPE },
    ...{ bytes, sha256, width, height, durationSeconds, codecs },
    bitrate: Math.round((bytes * 8) / durationSeconds),
  };
  return { output, warnings };
}
