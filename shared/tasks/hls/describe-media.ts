import { createHash } from 'node:crypto';
import type { MediaSegment } from '../../core/hls/media-file.ts';
import type { Fragment, MediaIndex } from '../../core/mp4/media-index.ts';
import type { MadeMedia } from '../../core/ports/work.ts';

/** Hexadecimal digits that name a sample entry. */
const CONFIG_DIGITS = 16;

/** What is recorded of a media file that is written, of which so many fragments make a segment. */
export function describeMedia(
  index: MediaIndex,
  place: Pick<MadeMedia, 'track' | 'path' | 'file'>,
  fragmentsPerSegment: number,
): MadeMedia {
  const { kind, codecs, entry, headerBytes, mediaOffset, timescale, start, fragments } = index;
  return {
    ...{ track: place.track, path: place.path, file: place.file },
    contentType: kind === 'picture' ? 'video/mp4' : 'audio/mp4',
    codecs,
    config: createHash('sha256').update(entry).digest('hex').slice(0, CONFIG_DIGITS),
    ...{ headerBytes, mediaOffset, timescale, start },
    segments: Array.from({ length: Math.ceil(fragments.length / fragmentsPerSegment) }, (_, segment) =>
      segmentOf(index, fragments.slice(segment * fragmentsPerSegment, (segment + 1) * fragmentsPerSegment)),
    ),
  };
}

function segmentOf(index: MediaIndex, fragments: readonly Fragment[]): MediaSegment {
  const { sampleDuration, lastDuration, sizes } = index;
  const samples = fragments.reduce((sum, fragment) => sum + fragment.samples, 0);
  const endsFile = fragments.some(({ first, samples: count }) => first + count === sizes.length);
  return {
    bytes: fragments.reduce((sum, { bytes }) => sum + bytes, 0),
    duration: samples * sampleDuration + (endsFile ? lastDuration - sampleDuration : 0),
  };
}
