import type { MediaInput } from './ports/media.ts';

/** Containers that are read. Anything else, above all a playlist that names other files, is refused by the demuxer. */
export const CONTAINERS = [
  'mov',
  'mp4',
  'm4a',
  '3gp',
  '3g2',
  'mj2',
  'matroska',
  'webm',
  'avi',
  'mpegts',
  'mpeg',
  'ogg',
  'flv',
  'asf',
  'mxf',
] as const;

/** Pixels of a frame that the decoder may allocate; the service's default limit. */
export const MAX_PIXELS = 40_000_000;

/**
 * Tracks a file may have. A decoder is set up for each of them, used or not: 500 tracks take 470 MB, 100 of 4K as much.
 * Real files have up to some thirty.
 */
export const MAX_TRACKS = 100;

/**
 * What the system may receive ahead of a reader. By itself it takes megabytes, all read from the store for nothing when
 * the reader seeks; so little keeps up with any decoder on the same machine.
 */
const RECEIVE_BYTES = 65_536;

/** First arguments of every run: no keyboard, progress as key=value lines and every message with its level, on stderr. */
export const QUIET_ARGS: readonly string[] = [
  '-nostdin',
  '-hide_banner',
  '-nostats',
  '-progress',
  'pipe:2',
  '-loglevel',
  'level+warning',
];

/** What must stand before `-i`, and the input itself, so that a hostile file reaches nothing but itself. */
export function inputArgs(input: MediaInput): string[] {
  return [
    '-protocol_whitelist',
    input.protocols,
    '-format_whitelist',
    CONTAINERS.join(','),
    '-max_pixels',
    String(MAX_PIXELS),
    '-max_streams',
    String(MAX_TRACKS),
    ...(input.protocols.split(',').includes('tcp') ? ['-recv_buffer_size', String(RECEIVE_BYTES)] : []),
    '-i',
    input.url,
  ];
}
