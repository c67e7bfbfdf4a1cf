import { checkTrack } from './check-track.ts';
import { invalidMedia } from './invalid-media.ts';
import { type MediaIndex, primingBytes } from './media-index.ts';
import type { TrackKind } from './sample-entry.ts';

/** A media file and where it is. */
export interface PlacedIndex {
  readonly path: string;
  readonly index: MediaIndex;
}

/** Bytes of a media file: samples that stand side by side in it. */
export interface ProgressivePiece {
  readonly path: string;
  readonly offset: number;
  readonly bytes: number;
}

/** Samples of one track that stand side by side in the progressive file. */
export interface ProgressiveChunk {
  readonly kind: TrackKind;
  readonly samples: number;
  readonly bytes: number;
}

export interface Interleaved {
  readonly chunks: readonly ProgressiveChunk[];
  readonly pieces: readonly ProgressivePiece[];
}

export interface InterleaveRequest {
  readonly picture: readonly PlacedIndex[];
  /** Null: there is none. */
  readonly sound: readonly PlacedIndex[] | null;
  /** Whether these are all files. Else it ends where the next byte depends on a file that is not there. */
  readonly complete: boolean;
}

/**
 * The order of the media in a progressive file: one GOP after another, each followed by the sound that begins in its
 * time; what sound is left comes last. What the first files give is the beginning of what all give.
 * @throws MillraceError `output.invalid` when files of a track are not of one configuration or do not follow one another
 */
export function interleave({ picture, sound, complete }: InterleaveRequest): Interleaved {
  for (const files of [picture, sound ?? []]) checkTrack(files.map(({ index }) => index));
  const chunks: ProgressiveChunk[] = [];
  const pieces: ProgressivePiece[] = [];
  const add = (kind: TrackKind, taken: readonly ProgressivePiece[], samples: number): void => {
    if (samples === 0) return;
    chunks.push({ kind, samples, bytes: taken.reduce((sum, { bytes }) => sum + bytes, 0) });
    pieces.push(...taken);
  };
  const packets = new PacketQueue(sound ?? []);
  let lead = leadIn(sound?.[0]);
  for (const { path, index } of picture) {
    for (const { first, samples, offset, headerBytes, bytes } of index.fragments) {
      const gop = { path, offset: offset + headerBytes, bytes: bytes - headerBytes };
      add('picture', [gop], samples);
      if (sound === null) continue;
      const end = index.start + (first + samples) * index.sampleDuration;
      const { taken, count } = packets.takeUntil(end, index.timescale);
      // A chunk is whole or not there at all: the next file may have the rest of this one's sound.
      if (packets.isEmpty && !complete) return { chunks, pieces };
      add('sound', [...lead.taken, ...taken], lead.count + count);
      lead = NOTHING;
    }
  }
  if (!complete) return { chunks, pieces };
  const rest = packets.takeUntil(Number.POSITIVE_INFINITY, 1);
  add('sound', [...lead.taken, ...rest.taken], lead.count + rest.count);
  return { chunks, pieces };
}

interface TakenPackets {
  readonly taken: readonly ProgressivePiece[];
  readonly count: number;
}

const NOTHING: TakenPackets = { taken: [], count: 0 };

/** The packets that lead into the sound. */
function leadIn(first: PlacedIndex | undefined): TakenPackets {
  if (first === undefined || first.index.priming.length === 0) return NOTHING;
  const { path, index } = first;
  const bytes = primingBytes(index);
  return { taken: [{ path, offset: index.mediaOffset - bytes, bytes }], count: index.priming.length };
}

/** The packets of all files of sound, in the order of time. */
class PacketQueue {
  readonly #files: readonly PlacedIndex[];
  #file = 0;
  #fragment = 0;
  /** In the file. */
  #packet = 0;
  /** Of the packet, in the file. */
  #offset = 0;

  constructor(files: readonly PlacedIndex[]) {
    this.#files = files;
    this.#enterFragment();
  }

  get isEmpty(): boolean {
    return this.#file >= this.#files.length;
  }

  /** Those that begin before a time. */
  takeUntil(time: number, timescale: number): TakenPackets {
    const taken: ProgressivePiece[] = [];
    let count = 0;
    for (let file = this.#files[this.#file]; file !== undefined; file = this.#files[this.#file]) {
      const { path, index } = file;
      const fragment = index.fragments[this.#fragment];
      if (fragment === undefined) throw invalidMedia('a file of sound has no fragment');
      const offset = this.#offset;
      const end = fragment.first + fragment.samples;
      const before = this.#packet;
      while (this.#packet < end && isBefore(index, this.#packet, time, timescale)) {
        this.#offset += index.sizes[this.#packet] ?? 0;
        this.#packet += 1;
      }
      count += this.#packet - before;
      if (this.#packet > before) taken.push({ path, offset, bytes: this.#offset - offset });
      if (this.#packet < end) break;
      this.#next(index);
    }
    return { taken, count };
  }

  #next({ fragments }: MediaIndex): void {
    this.#fragment += 1;
    if (this.#fragment === fragments.length) {
      this.#file += 1;
      this.#fragment = 0;
    }
    this.#enterFragment();
  }

  #enterFragment(): void {
    const fragment = this.#files[this.#file]?.index.fragments[this.#fragment];
    this.#packet = fragment?.first ?? 0;
    this.#offset = fragment === undefined ? 0 : fragment.offset + fragment.headerBytes;
  }
}

/** In whole numbers: a packet that begins at the very end of a GOP is the next one's. */
function isBefore(
  { start, sampleDuration, timescale }: MediaIndex,
  packet: number,
  time: number,
  units: number,
): boolean {
  return (start + packet * sampleDuration) * units < time * timescale;
}
