import type { Slice } from './piece-map.ts';

/** One read of a file, and where what it gives belongs. */
export interface PlannedRead {
  readonly path: string;
  /** In the file; `end` excluded. */
  readonly start: number;
  readonly end: number;
  /** In the order of the file, within the read and without overlap. */
  readonly slices: readonly Slice[];
}

/**
 * Few reads that give all of some slices.
 * @param maxGap Bytes between two slices of a file that are rather read for nothing than asked around.
 */
export function planReads(slices: readonly Slice[], maxGap: number): PlannedRead[] {
  const files = new Map<string, Slice[]>();
  for (const slice of slices) {
    const known = files.get(slice.path);
    if (known === undefined) files.set(slice.path, [slice]);
    else known.push(slice);
  }
  return [...files].flatMap(([path, all]) =>
    readsOf(
      path,
      all.sort((a, b) => a.offset - b.offset),
      maxGap,
    ),
  );
}

function readsOf(path: string, slices: readonly Slice[], maxGap: number): PlannedRead[] {
  const reads: { start: number; end: number; slices: Slice[] }[] = [];
  for (const slice of slices) {
    const last = reads.at(-1);
    if (last === undefined || slice.offset < last.end || slice.offset - last.end > maxGap) {
      reads.push({ start: slice.offset, end: slice.offset + slice.bytes, slices: [slice] });
      continue;
    }
    last.end = slice.offset + slice.bytes;
    last.slices.push(slice);
  }
  return reads.map((read) => ({ path, ...read }));
}
