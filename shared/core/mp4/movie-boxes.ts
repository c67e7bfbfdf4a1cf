import { ascii, concat, u8, u16, u32, u64 } from './bytes.ts';
import type { TrackKind } from './sample-entry.ts';
import { box, fullBox } from './write-box.ts';

/** No rotation: ISO/IEC 14496-12, section 8.2.2. */
const UNITY_MATRIX = u32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000);
/** `und`, in three times five bits. */
const UNDETERMINED_LANGUAGE = 0x55c4;
/** Enabled, in the movie and in its preview. */
const TRACK_FLAGS = 7;

export interface TrackHeader {
  readonly kind: TrackKind;
  /** From 1. */
  readonly id: number;
  /** Pixels; 0 of sound. */
  readonly width: number;
  readonly height: number;
  /** Units of the track's time per second. */
  readonly timescale: number;
  /** Of all samples, in these units; 0: the samples are in fragments. */
  readonly duration: number;
  /** Of the track, in units of the movie. */
  readonly movieDuration: number;
  /** `edts`; null: none. */
  readonly edits: Uint8Array | null;
  /** Body of the `stbl`. */
  readonly sampleTable: Uint8Array;
}

/** A box whose times need 64 bits only where they are long. */
function timed(
  type: string,
  flags: number,
  duration: number,
  before: Uint8Array,
  ...after: readonly Uint8Array[]
): Uint8Array {
  const isLong = duration > 0xffff_ffff;
  const time = (value: number) => (isLong ? u64(value) : u32(value));
  return fullBox(type, isLong ? 1 : 0, flags, time(0), time(0), before, time(duration), ...after);
}

export function movieHeader(timescale: number, duration: number, tracks: number): Uint8Array {
  const reserved = new Uint8Array(10);
  const predefined = new Uint8Array(24);
  const fixed = [u32(0x10000), u16(0x100), reserved, UNITY_MATRIX, predefined, u32(tracks + 1)];
  return timed('mvhd', 0, duration, u32(timescale), ...fixed);
}

export function trackBox(track: TrackHeader): Uint8Array {
  const { kind, id, timescale, duration, movieDuration, edits, sampleTable } = track;
  const volume = kind === 'sound' ? 0x100 : 0;
  const size = [u16(0, 0), u16(volume, 0), UNITY_MATRIX, u32(track.width * 65536, track.height * 65536)];
  return box(
    'trak',
    timed('tkhd', TRACK_FLAGS, movieDuration, u32(id, 0), new Uint8Array(8), ...size),
    edits ?? u8(),
    box(
      'mdia',
      timed('mdhd', 0, duration, u32(timescale), u16(UNDETERMINED_LANGUAGE, 0)),
      handler(kind),
      box('minf', mediaHeader(kind), dataInformation(), box('stbl', sampleTable)),
    ),
  );
}

function handler(kind: TrackKind): Uint8Array {
  const [type, name] = kind === 'picture' ? ['vide', 'VideoHandler\0'] : ['soun', 'SoundHandler\0'];
  return fullBox('hdlr', 0, 0, u32(0), ascii(type), new Uint8Array(12), ascii(name));
}

function mediaHeader(kind: TrackKind): Uint8Array {
  return kind === 'picture' ? fullBox('vmhd', 0, 1, u16(0, 0, 0, 0)) : fullBox('smhd', 0, 0, u16(0, 0));
}

/** The samples are in the same file. */
function dataInformation(): Uint8Array {
  return box('dinf', fullBox('dref', 0, 0, concat([u32(1), fullBox('url ', 0, 1)])));
}
