import { sameBytes } from './bytes.ts';
import { invalidMedia } from './invalid-media.ts';
import { indexDuration, type MediaIndex } from './media-index.ts';

/**
 * Whether files make one track that begins at time 0.
 * @throws MillraceError `output.invalid` when they are not of one configuration, or leave a gap, or overlap
 */
export function checkTrack(files: readonly MediaIndex[]): void {
  const [first] = files;
  if (first === undefined) return;
  let end = 0;
  for (const [place, index] of files.entries()) {
    if (!isSameTrack(first, index)) throw invalidMedia(`file ${place} is of another configuration`);
    if (index.start !== end) throw invalidMedia(`file ${place} begins at ${index.start}, not at ${end}`);
    if (place > 0 && index.priming.length > 0) throw invalidMedia(`file ${place} begins with priming`);
    if (place < files.length - 1 && index.lastDuration !== index.sampleDuration) {
      throw invalidMedia(`file ${place} ends within a packet`);
    }
    end += indexDuration(index);
  }
}

function isSameTrack(one: MediaIndex, other: MediaIndex): boolean {
  return (
    one.kind === other.kind &&
    one.width === other.width &&
    one.height === other.height &&
    one.timescale === other.timescale &&
    one.sampleDuration === other.sampleDuration &&
    sameBytes(one.entry, other.entry)
  );
}
