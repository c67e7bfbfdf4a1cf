import { buffer } from 'node:stream/consumers';
import type { KeyframeRange } from '../../core/hls/keyframe-range.ts';
import type { MediaFile } from '../../core/hls/media-file.ts';
import { outputKey } from '../../core/keys.ts';
import { invalidMedia } from '../../core/mp4/invalid-media.ts';
import { keyframeRanges } from '../../core/mp4/keyframe-ranges.ts';
import { parseMediaHead } from '../../core/mp4/media-head.ts';
import type { MediaIndex } from '../../core/mp4/media-index.ts';
import { MAX_BOX_HEADER, readBoxHeader } from '../../core/mp4/read-boxes.ts';
import type { ObjectStore } from '../../core/ports/object-store.ts';
import type { MadeMedia } from '../../core/ports/work.ts';
import { describeMedia } from './describe-media.ts';

export interface StandingMedia {
  readonly facts: Omit<MediaFile, 'bytes' | 'sha256'>;
  /** None of sound. */
  readonly keyframes: readonly KeyframeRange[];
}

/** Of six hours of sixty frames a second it has eight. */
const MAX_HEAD_BYTES = 64 * 2 ** 20;

/**
 * Describes the media file that another attempt has put, by what it says of itself: two encodes of one source need not
 * have the same bytes.
 * @param made what this attempt made of the same
 * @param size of the object that stands
 * @throws MillraceError `output.invalid` when that is no media file of ours
 */
export async function readStanding(
  store: ObjectStore,
  jobId: string,
  made: MadeMedia,
  size: number,
): Promise<StandingMedia> {
  const index = parseMediaHead(await readHead(store, outputKey(jobId, made.path), size));
  const { file: _, ...facts } = describeMedia(index, made, fragmentsPerSegment(index, made));
  return { facts, keyframes: keyframeRanges(index, made.path) };
}

/** Segments of sound are one fragment each; of pictures, as many GOPs as in the file that was made of the same. */
function fragmentsPerSegment({ kind, fragments, sampleDuration }: MediaIndex, made: MadeMedia): number {
  const gop = (fragments[0]?.samples ?? 1) * sampleDuration;
  return kind === 'sound' ? 1 : Math.max(1, Math.ceil((made.segments[0]?.duration ?? gop) / gop));
}

/** All before the first fragment. */
async function readHead(store: ObjectStore, key: string, size: number): Promise<Uint8Array> {
  const read = async (start: number, end: number) => buffer(await store.read(key, { range: { start, end } }));
  let end = 0;
  while (end < MAX_HEAD_BYTES && end < size) {
    const header = readBoxHeader(await read(end, Math.min(size, end + MAX_BOX_HEADER) - 1), size - end);
    if (header.type === 'moof') return read(0, end - 1);
    end += header.bytes;
  }
  throw invalidMedia('there is no fragment');
}
