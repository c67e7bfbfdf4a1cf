import type { Plan } from '../plan.ts';
import type { AudioStream, Probe } from '../probe.ts';
import { toNumber } from '../rational.ts';
import { timelineOffset } from '../timeline.ts';
import type { AudioPiecesPlan } from './chunk-plan.ts';

/** Samples of one AAC packet. */
export const PACKET_SAMPLES = 1024;

/** About so long is a piece: a second or two of work, so that the first is there early, however long the sound is. */
const PIECE_SECONDS = 60;
/** Limits between which one is looked for that ends on a segment's end. */
const PIECE_RANGE = { shortest: 36, longest: 90 } as const;
/** The only piece there is. */
const ENDLESS_PACKETS = Number.MAX_SAFE_INTEGER;

/** Bits per second of a copied stereo track; above, encoding saves what players must load. */
const MAX_COPIED_BITRATE = 192_000;
const COPIED_RATES: readonly number[] = [44_100, 48_000];

/** Samples of a codec's frames, each of which decodes with no more than the one before it. */
const FRAME_SAMPLES: Readonly<Record<string, number>> = { aac: 1024, ac3: 1536, eac3: 1536 };
/** Samples that a track holds beyond what is presented: priming, and the rest of the last frame. */
const MAX_HIDDEN_SAMPLES = 8192;

/**
 * How the sound of a chunked job is cut; null: it has none. One piece where a part that is made alone might differ from
 * that part of the whole.
 * @param segmentFrames frames of a segment, see `ChunkPlan`: pieces begin where segments do
 */
export function planAudioPieces(probe: Probe, plan: Plan, segmentFrames: number): AudioPiecesPlan | null {
  const [lowest] = plan.renditions;
  const { audio } = probe;
  if (!plan.audio || !audio || lowest === undefined) return null;
  const copy = canCopySound(probe, audio);
  const whole = { copy, packetsPerPiece: ENDLESS_PACKETS, pieces: 1 };
  if (audio.durationSeconds === null || !isSteady(probe, audio)) return whole;
  const segmentSeconds = segmentFrames / toNumber(lowest.frameRate);
  const sampleRate = copy ? audio.sampleRate : plan.audio.sampleRate;
  const packetsPerPiece = packetsOf(segmentSeconds, sampleRate);
  const packets = (audio.durationSeconds * sampleRate) / PACKET_SAMPLES;
  const pieces = Math.round(packets / packetsPerPiece);
  return pieces < 2 ? whole : { copy, packetsPerPiece, pieces };
}

/** Packets of the job's timeline. */
export interface PacketRange {
  readonly first: number;
  /** Null: up to the end. */
  readonly packets: number | null;
}

/**
 * The packets of a piece.
 * @param rate how many packets there are for each that was planned: not 1 where sound of another rate, which was to be
 *   copied, is encoded
 */
export function pieceRange(
  { packetsPerPiece, pieces }: AudioPiecesPlan,
  index: number,
  rate = 1,
): PacketRange {
  if (!(Number.isInteger(index) && index >= 0 && index < pieces))
    throw new RangeError(`piece ${index} of ${pieces}`);
  const packets = Math.round(packetsPerPiece * rate);
  return { first: index === 0 ? 0 : index * packets, packets: index === pieces - 1 ? null : packets };
}

/** Packets of a whole number of segments, as nearly as can be found, and among those about as long as wanted. */
function packetsOf(segmentSeconds: number, sampleRate: number): number {
  const packets = (segments: number) => (segments * segmentSeconds * sampleRate) / PACKET_SAMPLES;
  const miss = (segments: number) => Math.abs(packets(segments) - Math.round(packets(segments)));
  const far = (segments: number) => Math.abs(segments * segmentSeconds - PIECE_SECONDS);
  let best = Math.max(1, Math.round(PIECE_SECONDS / segmentSeconds));
  const { shortest, longest } = PIECE_RANGE;
  for (
    let segments = Math.ceil(shortest / segmentSeconds);
    segments * segmentSeconds <= longest;
    segments += 1
  ) {
    const gain = miss(best) - miss(segments);
    if (gain > 1e-6 || (gain > -1e-6 && far(segments) < far(best))) best = segments;
  }
  return Math.max(1, Math.round(packets(best)));
}

/** Whether the source's packets may stand in the outputs as they are; whether they lie right shows when they are read. */
function canCopySound(probe: Probe, audio: AudioStream): boolean {
  return (
    timelineOffset(probe) === 0 &&
    audio.codec === 'aac' &&
    audio.profile === 'LC' &&
    audio.channels === 2 &&
    COPIED_RATES.includes(audio.sampleRate) &&
    audio.bitrate !== null &&
    audio.bitrate <= MAX_COPIED_BITRATE &&
    isSteady(probe, audio)
  );
}

/**
 * Whether every sample lies where the number of those before it says: nothing was filled or left out before a piece, so
 * that it need not be read to know where the piece begins.
 */
function isSteady({ container, startSeconds }: Probe, audio: AudioStream): boolean {
  return /^mov/.test(container) && beginsAt(audio, startSeconds) && hasNoGaps(audio);
}

function beginsAt({ startSeconds, sampleRate }: AudioStream, seconds: number): boolean {
  return Math.abs(startSeconds - seconds) * sampleRate < 0.5;
}

/** Whether there are as many samples as the track is long, and not many more that an edit list might hide. */
function hasNoGaps({ codec, profile, frames, durationSeconds, sampleRate }: AudioStream): boolean {
  if (codec === 'aac' && profile !== 'LC') return false;
  const samples = codec.startsWith('pcm_') ? 1 : FRAME_SAMPLES[codec];
  if (samples === undefined || frames === null || durationSeconds === null) return false;
  const hidden = frames * samples - durationSeconds * sampleRate;
  return hidden > -2 && hidden <= MAX_HIDDEN_SAMPLES;
}
