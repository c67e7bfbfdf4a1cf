/** Bytes of a media file that are bytes of a joined file. */
export interface Piece {
  /** Below `<jobId>/`. */
  readonly path: string;
  readonly offset: number;
  readonly bytes: number;
}

/** A piece, or some of it, and where it lies in the range that was asked for. */
export interface Slice extends Piece {
  readonly at: number;
}

/** Pieces one behind the other. */
export interface PieceMap {
  readonly bytes: number;
  /** What bytes `start` to `end`, excluded, are made of, in their order. */
  slices(start: number, end: number): Slice[];
}

/** Finds the pieces of a range by halving, so that an hour's thousands of them cost nothing. */
export function pieceMap(pieces: readonly Piece[]): PieceMap {
  const starts = new Float64Array(pieces.length + 1);
  pieces.forEach(({ bytes }, index) => {
    starts[index + 1] = (starts[index] ?? 0) + bytes;
  });
  const total = starts[pieces.length] ?? 0;

  function indexAt(position: number): number {
    let low = 0;
    let high = pieces.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((starts[middle] ?? 0) <= position) low = middle;
      else high = middle;
    }
    return low;
  }

  return {
    bytes: total,
    slices(start, end) {
      if (start < 0 || end > total || start > end) {
        throw new RangeError(`bytes ${start} to ${end} of ${total}`);
      }
      const slices: Slice[] = [];
      for (let index = indexAt(start), position = start; position < end; index += 1) {
        const piece = pieces[index];
        if (piece === undefined) break;
        const from = position - (starts[index] ?? 0);
        const bytes = Math.min(piece.bytes - from, end - position);
        if (bytes === 0) continue;
        slices.push({ path: piece.path, offset: piece.offset + from, bytes, at: position - start });
        position += bytes;
      }
      return slices;
    },
  };
}
