import { invalidMedia } from './invalid-media.ts';
import { composeIndex } from './media-head.ts';
import type { MediaIndex } from './media-index.ts';
import type { MovieTrack } from './movie-track.ts';

/** Packets of priming, at most: encoders have 1 to 3. */
const MAX_PRIMING = 16;
/** Samples of an AAC packet. */
const PACKET = 1024;

export interface SoundGrid {
  readonly sampleRate: number;
  /** Place of the first kept packet on the job's timeline. */
  readonly firstPacket: number;
  /**
   * Leading packets that are in no segment; `priming`: those that the edit list leaves out, to the nearest packet. Before
   * the first packet of the job they lead in.
   */
  readonly dropPackets: number | 'priming';
  /** Kept at most; null: all. */
  readonly packets: number | null;
  /** Boundaries lie at the packets nearest to multiples of it, counted from the job's zero. */
  readonly segmentSeconds: number;
}

export interface SoundIndex {
  readonly index: MediaIndex;
  /** Where each kept packet lies in the file that it is taken from. */
  readonly offsets: Float64Array;
  /** The same of those that lead in. */
  readonly primingOffsets: Float64Array;
}

/**
 * The media file of a sound track: packet i of the job's timeline is decoded at i times 1,024 samples.
 * @throws MillraceError `output.invalid` when the packets do not follow one another, or nothing is kept
 */
export function soundIndex(track: MovieTrack, grid: SoundGrid): SoundIndex {
  const { entry, samples, timescale } = track;
  if (timescale !== grid.sampleRate) throw invalidMedia(`its sound has ${timescale} samples a second`);
  const all = samples.sizes.length;
  const dropped = grid.dropPackets === 'priming' ? primingPackets(track) : grid.dropPackets;
  const end = Math.min(all, dropped + (grid.packets ?? all));
  if (end <= dropped) throw invalidMedia(`nothing is left of ${all} packets of sound`);
  // What leads into a later piece is the end of the one before.
  const begin = grid.firstPacket === 0 ? 0 : dropped;
  if (dropped - begin > MAX_PRIMING) throw invalidMedia(`${dropped} packets lead into its sound`);
  checkTimes(samples.durations, begin, end);
  const count = end - dropped;
  const facts = {
    ...{ kind: entry.kind, codecs: entry.codecs, entry: entry.bytes, width: 0, height: 0, timescale },
    start: grid.firstPacket * PACKET,
    sampleDuration: PACKET,
    lastDuration: end === all ? Math.max(1, Math.min(PACKET, samples.durations[all - 1] ?? PACKET)) : PACKET,
    sizes: samples.sizes.slice(dropped, end),
    priming: samples.sizes.slice(begin, dropped),
    shifts: new Int16Array(count),
  };
  return {
    index: composeIndex(facts, segmentPackets(grid, count)),
    offsets: samples.offsets.slice(dropped, end),
    primingOffsets: samples.offsets.slice(begin, dropped),
  };
}

function primingPackets({ zero }: MovieTrack): number {
  const packets = Math.round((zero ?? 0) / PACKET);
  if (packets < 0) throw invalidMedia('the sound does not begin at time 0');
  return packets;
}

/** Rounded times of other timescales are let pass; a gap or an overlap is not. */
function checkTimes(durations: Uint32Array, begin: number, end: number): void {
  let drift = 0;
  for (let packet = begin; packet < end - 1; packet += 1) {
    drift += (durations[packet] ?? 0) - PACKET;
    if (Math.abs(drift) > PACKET / 2)
      throw invalidMedia(`packet ${packet + 1} of the sound is not at its time`);
  }
}

/** Packets of each segment. */
function segmentPackets(
  { segmentSeconds, sampleRate, firstPacket }: SoundGrid,
  count: number,
): readonly number[] {
  const boundary = (segment: number) => Math.round((segment * segmentSeconds * sampleRate) / PACKET);
  if (boundary(1) < 1) throw new RangeError(`segments of ${segmentSeconds} s`);
  const lengths: number[] = [];
  let at = firstPacket;
  let segment = Math.floor((firstPacket * PACKET) / (segmentSeconds * sampleRate));
  while (at < firstPacket + count) {
    segment += 1;
    const next = Math.min(boundary(segment), firstPacket + count);
    if (next <= at) continue;
    lengths.push(next - at);
    at = next;
  }
  return lengths;
}
