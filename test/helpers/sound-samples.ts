import { ffmpeg } from './clips.ts';

/** Left and right in turn, 16 bits, 48 kHz. */
export async function samplesOf(file: string): Promise<Int16Array> {
  const bytes = await ffmpeg(['-i', file, '-map', '0:a', '-ar', '48000', '-ac', '2', '-f', 's16le', '-']);
  return new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

/** The largest difference of two sounds within two packets of a sample. */
export function errorAround(found: Int16Array, original: Int16Array, sample: number): number {
  let largest = 0;
  for (let at = (sample - 2048) * 2; at < (sample + 2048) * 2; at += 1) {
    largest = Math.max(largest, Math.abs((found[at] ?? 0) - (original[at] ?? 0)));
  }
  return largest;
}
