import { composeIndex } from '../../shared/core/mp4/media-head.ts';
import type { MediaIndex } from '../../shared/core/mp4/media-index.ts';
import type { SampleFacts } from '../../shared/core/mp4/sample-facts.ts';
import { box } from '../../shared/core/mp4/write-box.ts';

/** Sample entries with nothing in them but what is read. */
export const AVC_ENTRY = box(
  'avc1',
  new Uint8Array(78),
  box('avcC', Uint8Array.of(1, 0x64, 0, 0x1f, 0xff, 0xe0, 0)),
);
export const AAC_ENTRY = box(
  'mp4a',
  new Uint8Array(28),
  box(
    'esds',
    new Uint8Array(4),
    Uint8Array.of(3, 25, 0, 1, 0, 4, 17, 0x40, 0x15, ...new Uint8Array(11), 5, 2, 0x11, 0x90, 6, 1, 2),
  ),
);

/** A media file of frames of 1,000 units at 25 a second; `first` is its place on the grid. */
export function pictureOf(
  first: number,
  gops: readonly number[],
  changes: Partial<SampleFacts> = {},
): MediaIndex {
  const frames = gops.reduce((sum, count) => sum + count, 0);
  return composeIndex(
    {
      ...{ kind: 'picture', codecs: 'avc1.64001f', entry: AVC_ENTRY, width: 160, height: 120 },
      ...{ timescale: 25_000, start: first * 1000, sampleDuration: 1000, lastDuration: 1000 },
      sizes: Uint32Array.from({ length: frames }, (_, frame) => 100 + frame),
      priming: new Uint32Array(),
      shifts: new Int16Array(frames),
      ...changes,
    },
    gops,
  );
}

/** A media file of sound at 48 kHz; `first` is the place of its first packet. */
export function soundOf(
  first: number,
  segments: readonly number[],
  changes: Partial<SampleFacts> = {},
): MediaIndex {
  const packets = segments.reduce((sum, count) => sum + count, 0);
  return composeIndex(
    {
      ...{ kind: 'sound', codecs: 'mp4a.40.2', entry: AAC_ENTRY, width: 0, height: 0 },
      ...{ timescale: 48_000, start: first * 1024, sampleDuration: 1024, lastDuration: 1024 },
      sizes: new Uint32Array(packets).fill(10),
      priming: new Uint32Array(),
      shifts: new Int16Array(packets),
      ...changes,
    },
    segments,
  );
}
