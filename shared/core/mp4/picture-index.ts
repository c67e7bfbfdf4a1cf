import type { Rational } from '../rational.ts';
import { frameTiming } from './frame-timing.ts';
import { invalidMedia } from './invalid-media.ts';
import { composeIndex } from './media-head.ts';
import type { MediaIndex } from './media-index.ts';
import type { MovieTrack } from './movie-track.ts';

export interface PictureGrid {
  readonly frameRate: Rational;
  readonly gopFrames: number;
  /** Place of the first frame on the job's grid. */
  readonly firstFrame: number;
}

/** How far a time may lie from its place on the grid, in frames: times of other timescales are rounded. */
const TOLERANCE = 0.25;
/** Frames are presented at most so much earlier or later than decoded: H.264 keeps at most 16. */
const MAX_SHIFT = 16;

/**
 * The media file of a picture track: frame k of it is presented at exactly k frames after its begin.
 * @throws MillraceError `output.invalid` unless its frames lie on the grid, every place taken once, in closed GOPs
 */
export function pictureIndex(
  track: MovieTrack,
  { frameRate, gopFrames, firstFrame }: PictureGrid,
): MediaIndex {
  const { entry, width, height, samples } = track;
  const { timescale, duration } = frameTiming(frameRate);
  const places = presentedPlaces(track, timescale / duration);
  checkGops(places, samples.keys, gopFrames);
  const facts = {
    ...{ kind: entry.kind, codecs: entry.codecs, entry: entry.bytes, width, height, timescale },
    start: firstFrame * duration,
    ...{ sampleDuration: duration, lastDuration: duration, sizes: samples.sizes },
    priming: new Uint32Array(),
    shifts: Int16Array.from(places, (place, frame) => place - frame),
  };
  const frames = places.length;
  const gops = Array.from({ length: Math.ceil(frames / gopFrames) }, (_, gop) =>
    Math.min(gopFrames, frames - gop * gopFrames),
  );
  return composeIndex(facts, gops);
}

/** Place in the order of presentation of each frame in decoding order. */
function presentedPlaces({ samples, timescale, zero }: MovieTrack, frameRate: number): Int32Array {
  const { durations, compositions } = samples;
  const times = new Float64Array(durations.length);
  let decoded = 0;
  for (let frame = 0; frame < times.length; frame += 1) {
    times[frame] = decoded + (compositions[frame] ?? 0);
    decoded += durations[frame] ?? 0;
  }
  const first = times.reduce((least, time) => Math.min(least, time), Number.POSITIVE_INFINITY);
  const frameUnits = timescale / frameRate;
  if (zero !== null && Math.abs(zero - first) > frameUnits / 2) {
    throw invalidMedia('the picture does not begin at time 0');
  }
  const places = new Int32Array(times.length);
  const taken = new Uint8Array(times.length);
  for (const [frame, time] of times.entries()) {
    const exact = (time - first) / frameUnits;
    const place = Math.round(exact);
    if (Math.abs(exact - place) > TOLERANCE) throw invalidMedia(`frame ${frame} lies beside its place`);
    if (place >= times.length || taken[place] === 1) throw invalidMedia(`a frame is missing beside ${place}`);
    if (Math.abs(place - frame) > MAX_SHIFT)
      throw invalidMedia(`frame ${frame} is decoded far from its place`);
    taken[place] = 1;
    places[frame] = place;
  }
  return places;
}

function checkGops(places: Int32Array, keys: Uint8Array, gopFrames: number): void {
  for (const [frame, place] of places.entries()) {
    const begin = frame - (frame % gopFrames);
    if (frame === begin && keys[frame] !== 1) throw invalidMedia(`frame ${frame} is no keyframe`);
    if (frame === begin && place !== frame)
      throw invalidMedia(`the keyframe ${frame} is not presented first`);
    if (place < begin || place >= begin + gopFrames) throw invalidMedia(`the GOP at frame ${begin} is open`);
  }
}
