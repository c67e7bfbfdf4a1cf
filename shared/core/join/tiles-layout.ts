import type { PlacedIndex } from '../mp4/interleave.ts';
import type { MediaIndex } from '../mp4/media-index.ts';
import { type ProgressiveLayout, progressiveLayout } from '../mp4/progressive-layout.ts';

/** An MP4 of the first frame of every n-th GOP, each shown for as long as those GOPs are. */
export function tilesLayout(files: readonly PlacedIndex[], every: number): ProgressiveLayout {
  const gops = files.flatMap(({ path, index }) => index.fragments.map((_, gop) => ({ path, index, gop })));
  const tiles = gops.filter((_, place) => place % every === 0);
  const samples = files[0]?.index.fragments[0]?.samples ?? 1;
  return progressiveLayout({
    picture: tiles.map(({ path, index, gop }, tile) => ({
      path,
      index: oneFrame(index, gop, tile, every * samples),
    })),
    sound: null,
  });
}

/** The index of a file as if it had that keyframe alone. */
function oneFrame(index: MediaIndex, gop: number, tile: number, samples: number): MediaIndex {
  const fragment = index.fragments[gop];
  if (fragment === undefined) throw new RangeError(`GOP ${gop} of ${index.fragments.length}`);
  const size = index.sizes[fragment.first] ?? 0;
  const duration = samples * index.sampleDuration;
  return {
    ...index,
    start: tile * duration,
    sampleDuration: duration,
    lastDuration: duration,
    sizes: Uint32Array.of(size),
    priming: new Uint32Array(),
    shifts: Int16Array.of(0),
    fragments: [{ ...fragment, first: 0, samples: 1, bytes: fragment.headerBytes + size }],
  };
}
