import type { FfmpegResult, OutputFacts } from './ports/media.ts';
import type { Probe } from './probe.ts';
import { toNumber } from './rational.ts';

/** What an encode tells about the source it read. */
export type SourceVerdict =
  | { readonly kind: 'sound' }
  /** Made as far as the source allows. */
  | { readonly kind: 'incomplete'; readonly detail: string }
  /** Nothing worth keeping came out. */
  | { readonly kind: 'corrupt'; readonly detail: string }
  /** Something is missing that the source should have had. */
  | { readonly kind: 'unexplained'; readonly detail: string };

export interface SourceEvidence {
  readonly probe: Probe;
  /** Bytes. */
  readonly sourceSize: number;
  readonly run: FfmpegResult;
  readonly facts: OutputFacts;
  /** Seconds of output at which the encode was stopped. */
  readonly outputLimitSeconds: number;
}

/** Declared lengths are this far off in sound files: rounding, codec delay, estimates. */
const SLACK_SECONDS = 0.2;
const SLACK_FRACTION = 0.005;
/** Less than this part of the declared length is not worth keeping. */
const MIN_FRACTION = 0.05;
/** More errors than this for each frame made: hardly a frame came out whole. */
const MAX_ERRORS_PER_FRAME = 3;
/** Containers that list every packet, so that a missing one is always reported when it is read. */
const INDEXED = /^mov/;
/** Packet sizes of MPEG transport streams: plain, with a time code, with error correction. */
const TRANSPORT_PACKETS = [188, 192, 204];

/** Weighs the decoder's errors and the length that came out against what the source declares. */
export function assessSource(evidence: SourceEvidence): SourceVerdict {
  const { probe, run, facts } = evidence;
  if (facts.durationSeconds >= evidence.outputLimitSeconds - 1) {
    return {
      kind: 'corrupt',
      detail: `The times in the file run on far beyond its declared length of ${seconds(probe.durationSeconds ?? 0)}.`,
    };
  }
  if (run.errorCount > facts.frames * MAX_ERRORS_PER_FRAME) {
    return { kind: 'corrupt', detail: 'The video is damaged throughout; hardly a frame could be decoded.' };
  }
  const shortfalls = missingParts(probe, facts);
  const made = Math.max(facts.videoEndSeconds, facts.audioEndSeconds ?? 0);
  if (
    probe.durationSeconds !== null &&
    made < probe.durationSeconds * MIN_FRACTION &&
    shortfalls.length > 0
  ) {
    return {
      kind: 'corrupt',
      detail: `Only ${seconds(made)} of ${seconds(probe.durationSeconds)} could be decoded; the rest is missing or damaged.`,
    };
  }
  const damage = [
    ...shortfalls,
    ...(run.errorCount > 0
      ? [`the decoder met ${count(run.errorCount, 'error')}, so parts may look or sound broken`]
      : []),
    ...(probe.brokenOff || endsInsidePacket(evidence)
      ? [`it breaks off in the middle of a packet, after ${seconds(made)}`]
      : []),
  ];
  if (damage.length === 0) return { kind: 'sound' };
  const detail = `The source is incomplete or damaged: ${damage.join('; ')}.`;
  const explained = run.errorCount > 0 || !INDEXED.test(probe.container);
  return { kind: explained ? 'incomplete' : 'unexplained', detail };
}

function missingParts(probe: Probe, facts: OutputFacts): string[] {
  const { video, audio } = probe;
  const zero = probe.startSeconds;
  const end = (track: { readonly startSeconds: number; readonly durationSeconds: number | null } | null) =>
    track === null || track.durationSeconds === null
      ? null
      : track.startSeconds - zero + track.durationSeconds;
  const frameSeconds = video.frameRate ? 1 / toNumber(video.frameRate) : 0;
  const parts: string[] = [];
  const compare = (what: string, declared: number | null, made: number | null) => {
    if (declared === null) return;
    const missing = declared - (made ?? 0);
    const slack = Math.max(SLACK_SECONDS + declared * SLACK_FRACTION, frameSeconds * 2);
    if (missing > slack) parts.push(`${seconds(missing)} of ${seconds(declared)} of the ${what} are missing`);
  };
  if (audio && facts.audioCodec === null) parts.push('the sound could not be decoded');
  compare('picture', Math.max(end(video) ?? 0, countedSeconds(probe)) || null, facts.videoEndSeconds);
  if (facts.audioCodec !== null) compare('sound', end(audio), facts.audioEndSeconds);
  if (parts.length === 0 && (end(video) === null || (audio && end(audio) === null))) {
    compare('video', probe.durationSeconds, Math.max(facts.videoEndSeconds, facts.audioEndSeconds ?? 0));
  }
  return parts;
}

/** A cut AVI has lost its index, and its length is then only estimated; the header still counts the frames. */
function countedSeconds({ container, video }: Probe): number {
  return container === 'avi' && video.frames && video.frameRate
    ? video.frames / toNumber(video.frameRate)
    : 0;
}

function endsInsidePacket({ probe, sourceSize }: SourceEvidence): boolean {
  return probe.container === 'mpegts' && TRANSPORT_PACKETS.every((packet) => sourceSize % packet !== 0);
}

function seconds(value: number): string {
  return `${value.toFixed(1)} seconds`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
