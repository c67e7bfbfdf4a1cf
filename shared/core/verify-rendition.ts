import type { AudioPlan, RenditionPlan } from './plan.ts';
import type { FfmpegResult, OutputFacts } from './ports/media.ts';
import { toNumber } from './rational.ts';

/** One thing that is not as it was made to be. */
export interface Mismatch {
  readonly what: string;
  readonly expected: string;
  readonly found: string;
}

export interface ExpectedRendition {
  readonly rendition: RenditionPlan;
  readonly audio: AudioPlan | null;
  /** What the encoder says it wrote. */
  readonly run: Pick<FfmpegResult, 'frames'>;
}

/** A track may begin this late, or end this far from where its frames end: two AAC frames. */
const SYNC_TOLERANCE = 0.05;

/**
 * Compares a finished file with its plan and with what the encoder said it wrote. What is missing because the source
 * was damaged is no mismatch: the encoder never had it.
 */
export function verifyRendition(facts: OutputFacts, expected: ExpectedRendition): Mismatch[] {
  const { rendition, audio, run } = expected;
  const frameSeconds = 1 / toNumber(rendition.frameRate);
  const exact = (
    what: string,
    want: string | number | boolean,
    found: string | number | boolean,
  ): Mismatch[] => (want === found ? [] : [{ what, expected: String(want), found: String(found) }]);
  const near = (what: string, want: number, found: number, tolerance: number): Mismatch[] =>
    Math.abs(want - found) <= tolerance
      ? []
      : [{ what, expected: `${want.toFixed(3)} s`, found: `${found.toFixed(3)} s` }];
  const contentEnd = Math.max(facts.videoEndSeconds, facts.audioEndSeconds ?? 0);
  return [
    ...exact('picture size', `${rendition.width}x${rendition.height}`, `${facts.width}x${facts.height}`),
    ...exact('video codec', 'h264', facts.videoCodec),
    ...exact('pixel format', 'yuv420p', facts.pixelFormat),
    ...exact('number of frames', run.frames, facts.frames),
    ...near('start of the picture', 0, facts.videoStartSeconds, frameSeconds / 2),
    ...near('end of the picture', facts.frames * frameSeconds, facts.videoEndSeconds, frameSeconds * 1.5),
    ...near('length', contentEnd, facts.durationSeconds, SYNC_TOLERANCE),
    ...exact('index before the media data', true, facts.faststart),
    ...(audio && facts.audioCodec !== null
      ? [
          ...exact('audio codec', 'aac', facts.audioCodec),
          ...near('start of the sound', 0, facts.audioStartSeconds ?? Number.NaN, SYNC_TOLERANCE),
        ]
      : exact('audio codec', 'none', facts.audioCodec ?? 'none')),
  ];
}
