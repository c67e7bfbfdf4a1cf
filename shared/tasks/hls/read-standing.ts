import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import type { KeyframeRange } from '../../core/hls/keyframe-range.ts';
import type { MediaFile } from '../../core/hls/media-file.ts';
import { regroupSegments } from '../../core/hls/regroup-segments.ts';
import { outputKey } from '../../core/keys.ts';
import { invalidMedia } from '../../core/mp4/invalid-media.ts';
import { keyframeRanges } from '../../core/mp4/keyframe-ranges.ts';
import { parseMediaHead } from '../../core/mp4/media-head.ts';
import { MAX_BOX_HEADER, readBoxHeader } from '../../core/mp4/read-boxes.ts';
import type { ObjectStore } from '../../core/ports/object-store.ts';

export interface StandingMedia {
  readonly media: MediaFile;
  /** None of sound. */
  readonly keyframes: readonly KeyframeRange[];
}

/** Of the index of six hours of sixty frames a second there are ten. */
const MAX_HEAD_BYTES = 64_000_000;

/**
 * Describes the media file that another attempt has put, by what it says of itself: two encodes of one source need not
 * have the same bytes.
 * @param made The file that this attempt made of the same, with size and checksum of what stands.
 * @throws MillraceError `output.invalid` when it is no media file of ours
 */
export async function readStanding(
  store: ObjectStore,
  jobId: string,
  made: MediaFile,
): Promise<StandingMedia> {
  const { path, bytes, segments } = made;
  const index = parseMediaHead(await readHead(store, outputKey(jobId, path), bytes));
  const { codecs, entry, headerBytes, mediaOffset, timescale, start } = index;
  return {
    media: {
      ...{ ...made, codecs, headerBytes, mediaOffset, timescale, start },
      config: createHash('sha256').update(entry).digest('hex'),
      segments: regroupSegments(index, segments[0]?.duration ?? Number.POSITIVE_INFINITY),
    },
    keyframes: keyframeRanges(index, path),
  };
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
