/** Seconds of each chunk: the first has one segment, so that playback can begin early, the last takes the rest. */
export function chunkLengths(seconds: number, segmentSeconds: number, chunkSeconds: number): number[] {
  const lengths: number[] = [];
  for (let begin = 0; begin < seconds; ) {
    const length = Math.min(begin === 0 ? segmentSeconds : chunkSeconds, seconds - begin);
    lengths.push(length);
    begin += length;
  }
  return lengths;
}

/** Pieces of equal length, the last takes the rest. */
export function pieceLengths(seconds: number, pieceSeconds: number): number[] {
  return chunkLengths(seconds, pieceSeconds, pieceSeconds);
}
