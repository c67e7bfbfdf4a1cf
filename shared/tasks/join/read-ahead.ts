import type { PartRange } from '../../core/join/part-ranges.ts';
import type { VirtualFile } from './virtual-file.ts';

/** A part and what it holds. */
export interface ReadPart extends PartRange {
  readonly body: Buffer;
}

/** Parts that are read while those before them are worked on. */
const AHEAD = 2;

/**
 * Parts in their order, those that come next being read already.
 * @param headBytes of the file; they belong to part 1
 */
export async function* readAhead(
  file: VirtualFile,
  headBytes: number,
  ranges: readonly PartRange[],
  signal: AbortSignal,
): AsyncGenerator<ReadPart> {
  const left = new AbortController();
  const either = AbortSignal.any([signal, left.signal]);
  const reads: Promise<ReadPart>[] = [];
  const readPart = async (range: PartRange): Promise<ReadPart> => {
    const start = range.number === 1 ? 0 : headBytes + range.start;
    return { ...range, body: await file.read(start, headBytes + range.end, either) };
  };
  try {
    for (let next = 0, done = 0; done < ranges.length; done += 1) {
      for (let range = ranges[next]; range !== undefined && reads.length <= AHEAD; range = ranges[next]) {
        const read = readPart(range);
        // What fails here is thrown when its turn comes.
        read.catch(() => undefined);
        reads.push(read);
        next += 1;
      }
      const first = reads.shift();
      if (first !== undefined) yield await first;
    }
  } finally {
    left.abort(new Error('No further part is wanted.'));
    await Promise.allSettled(reads);
  }
}
