/** How well a frame would represent a video. */
export interface FrameScore {
  /** Mean luma, 0 (black) to 255 (white). */
  readonly mean: number;
  /** Standard deviation of luma. */
  readonly deviation: number;
  /** Of the luma histogram in 64 steps: 0 (one tone) to 6 bits (all tones alike). */
  readonly entropy: number;
  /** Neither near black, nor near white, nor flat. */
  readonly usable: boolean;
  /** Higher is better, 0 to 6: entropy (many tones show something), up to half off for poor exposure. */
  readonly score: number;
}

/** Mean luma outside of which a frame reads as black or white: a tenth of the range at each end. */
const DARKEST_MEAN = 26;
const BRIGHTEST_MEAN = 229;
/** Deviation below which a frame reads as one colour; compression noise stays under 3. */
const LEAST_DEVIATION = 8;
/** Pixels looked at, evenly spread. */
const SAMPLES = 16_384;
const STEPS = 64;

/** Scores a frame of 8-bit RGB pixels, three bytes each. */
export function scoreFrame(rgb: Uint8Array): FrameScore {
  const pixels = Math.floor(rgb.length / 3);
  const samples = Math.min(SAMPLES, pixels);
  const histogram = new Uint32Array(STEPS);
  let sum = 0;
  let squares = 0;
  for (let sample = 0; sample < samples; sample += 1) {
    const at = 3 * Math.floor((sample * pixels) / samples);
    const luma = 0.2126 * (rgb[at] ?? 0) + 0.7152 * (rgb[at + 1] ?? 0) + 0.0722 * (rgb[at + 2] ?? 0);
    sum += luma;
    squares += luma * luma;
    const step = Math.floor((luma * STEPS) / 256);
    histogram[step] = (histogram[step] ?? 0) + 1;
  }
  const mean = sum / samples;
  const deviation = Math.sqrt(Math.max(0, squares / samples - mean * mean));
  let entropy = 0;
  for (const count of histogram) if (count > 0) entropy -= (count / samples) * Math.log2(count / samples);
  return {
    mean,
    deviation,
    entropy,
    usable: mean >= DARKEST_MEAN && mean <= BRIGHTEST_MEAN && deviation >= LEAST_DEVIATION,
    score: entropy * (1 - Math.abs(mean - 127.5) / 255),
  };
}

/** Whether `a` makes the better poster: usable before unusable, then the higher score. */
export function isBetterFrame(a: FrameScore, b: FrameScore): boolean {
  return a.usable === b.usable ? a.score > b.score : a.usable;
}
