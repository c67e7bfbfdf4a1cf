/** A ratio of integers, as media formats carry frame rates and aspect ratios. */
export interface Rational {
  readonly num: number;
  readonly den: number;
}

/** The value as a number; `0/0` and `x/0` are NaN or Infinity, so check before use. */
export function toNumber(ratio: Rational): number {
  return ratio.num / ratio.den;
}

/** As ffmpeg writes it: `30000/1001`. */
export function formatRational(ratio: Rational): string {
  return `${ratio.num}/${ratio.den}`;
}
