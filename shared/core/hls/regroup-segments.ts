import { indexDuration, type MediaIndex } from '../mp4/media-index.ts';
import type { MediaSegment } from './media-file.ts';

/**
 * The segments of a media file by its own index: one for each fragment of sound, whole GOPs of a picture.
 * @param duration Of every segment but the last, in units of the file's timescale; sound goes by its fragments alone.
 */
export function regroupSegments(index: MediaIndex, duration: number): readonly MediaSegment[] {
  const { kind, fragments, sampleDuration, sizes } = index;
  const segments: MediaSegment[] = [];
  let current = -1;
  for (const { first, samples, bytes } of fragments) {
    const time = first * sampleDuration;
    const end = first + samples === sizes.length ? indexDuration(index) : time + samples * sampleDuration;
    const place = kind === 'sound' ? segments.length : Math.floor(time / duration);
    const open = place === current ? segments.pop() : undefined;
    segments.push({ bytes: (open?.bytes ?? 0) + bytes, duration: (open?.duration ?? 0) + end - time });
    current = place;
  }
  return segments;
}
