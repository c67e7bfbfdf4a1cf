import type { KeyframeRange } from '../hls/keyframe-range.ts';
import type { MediaIndex } from './media-index.ts';

/** Each fragment's header with its first frame, which is a keyframe; none of sound. */
export function keyframeRanges(index: MediaIndex, path: string): readonly KeyframeRange[] {
  const { kind, fragments, sizes, sampleDuration, lastDuration, timescale } = index;
  if (kind === 'sound') return [];
  return fragments.map(({ first, samples, offset, headerBytes }) => {
    const ends = first + samples === sizes.length;
    const duration = samples * sampleDuration + (ends ? lastDuration - sampleDuration : 0);
    return { path, offset, bytes: headerBytes + (sizes[first] ?? 0), seconds: duration / timescale };
  });
}
