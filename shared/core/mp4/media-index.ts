import type { TrackKind } from './sample-entry.ts';

/** A `moof` with its `mdat`. */
export interface Fragment {
  /** Place of its first sample in the file's samples. */
  readonly first: number;
  readonly samples: number;
  /** Of the `moof` in the file. */
  readonly offset: number;
  /** `moof`, and the header of the `mdat`. */
  readonly headerBytes: number;
  /** All of it. */
  readonly bytes: number;
}

/** What a media file says of its samples; those of one file are all that is ever held in memory. */
export interface MediaIndex {
  readonly kind: TrackKind;
  /** RFC 6381. */
  readonly codecs: string;
  /** The box of the sample entry, with its decoder configuration. */
  readonly entry: Uint8Array;
  /** Pixels; 0 of sound. */
  readonly width: number;
  readonly height: number;
  /** Units of time per second. */
  readonly timescale: number;
  /** Time of the first sample, in these units, from the zero of the job's outputs. */
  readonly start: number;
  /** Of every sample but the last. */
  readonly sampleDuration: number;
  /** Of the last sample: sound may end within a packet. */
  readonly lastDuration: number;
  /** Bytes of each sample, in decoding order. */
  readonly sizes: Uint32Array;
  /**
   * Bytes of each packet that leads into the first one: decoders need them to begin with full sound. They stand before
   * the first fragment, in no segment. Of the first sound of a job alone.
   */
  readonly priming: Uint32Array;
  /** By how many samples each is presented later than decoded; negative: earlier. */
  readonly shifts: Int16Array;
  /** See `decodeTime`. */
  readonly leadFrames: number;
  /** The first sample of each can be decoded by itself. */
  readonly fragments: readonly Fragment[];
  /** Bytes of `ftyp` and `moov`, at the beginning. */
  readonly headerBytes: number;
  /** Where the first fragment begins. */
  readonly mediaOffset: number;
  /** Of the whole file. */
  readonly bytes: number;
}

/** Bytes of the packets that lead in. */
export function primingBytes({ priming }: Pick<MediaIndex, 'priming'>): number {
  return priming.reduce((sum, size) => sum + size, 0);
}

/** How long all samples take, in units of the timescale. */
export function indexDuration(index: Pick<MediaIndex, 'sizes' | 'sampleDuration' | 'lastDuration'>): number {
  const { sizes, sampleDuration, lastDuration } = index;
  return (sizes.length - 1) * sampleDuration + lastDuration;
}
