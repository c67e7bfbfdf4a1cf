/** The first and the last bytes of a file; they overlap in a short one. */
export interface FileEnds {
  /** Bytes of the whole file. */
  readonly size: number;
  readonly head: Uint8Array;
  readonly tail: Uint8Array;
}

/** Bytes wanted of the head: the headers of EBML and of the segment. */
export const HEAD_BYTES = 4096;
/** Bytes wanted of the tail: more than the longest Ogg page (65,307) or MPEG packet (65,541). */
export const TAIL_BYTES = 132_000;

const EBML_ID = 0x1a45dfa3;
const SEGMENT_ID = 0x18538067;
const OGG_PAGE = [0x4f, 0x67, 0x67, 0x53, 0] as const;
const OGG_HEADER = 27;
const PACK_START = [0, 0, 1, 0xba] as const;
const PACK = 0xba;
const PROGRAM_END = 0xb9;

/**
 * Whether a file ends in the middle of what it announces. Demuxers take the end of such a file for its end, some in
 * silence. False where the container announces nothing, and in doubt.
 * @param container ffprobe's format name
 */
export function breaksOff(container: string, ends: FileEnds): boolean {
  if (container.startsWith('matroska')) return segmentBreaksOff(ends);
  if (container === 'ogg') return pageBreaksOff(ends);
  return container === 'mpeg' && packetBreaksOff(ends);
}

/** Whether a container is one that {@link breaksOff} knows. */
export function announcesItsEnd(container: string): boolean {
  return /^(matroska|ogg$|mpeg$)/.test(container);
}

/** Matroska writes the size of its one segment into the header; live writers leave it open. */
function segmentBreaksOff({ head, size }: FileEnds): boolean {
  const view = viewOf(head);
  if (head.length < 5 || view.getUint32(0) !== EBML_ID) return false;
  const header = readVint(view, 4);
  if (header?.value === undefined) return false;
  const at = header.next + header.value;
  if (at + 5 > head.length || view.getUint32(at) !== SEGMENT_ID) return false;
  const segment = readVint(view, at + 4);
  return segment?.value !== undefined && segment.next + segment.value > size;
}

/** Ogg's pages say how long they are. */
function pageBreaksOff({ tail }: FileEnds): boolean {
  const at = lastIndexOf(tail, OGG_PAGE);
  if (at === -1) return false;
  const segments = tail[at + OGG_HEADER - 1];
  if (segments === undefined) return true;
  const lacing = tail.subarray(at + OGG_HEADER, at + OGG_HEADER + segments);
  const body = lacing.reduce((sum, bytes) => sum + bytes, 0);
  return at + OGG_HEADER + segments + body > tail.length;
}

/** The packets of an MPEG program stream say how long they are; they are followed from a pack header on. */
function packetBreaksOff({ tail }: FileEnds): boolean {
  const view = viewOf(tail);
  let at = firstIndexOf(tail, PACK_START);
  while (at !== -1 && at + 4 <= tail.length) {
    const code = view.getUint32(at) - 0x100;
    if (code < PROGRAM_END || code > 0xff) return false;
    const length = packetLength(view, at, code);
    if (length === undefined || at + length > tail.length) return true;
    at += length;
  }
  return false;
}

/** Bytes of the packet at `at`; undefined when its header is not whole. */
function packetLength(view: DataView, at: number, code: number): number | undefined {
  if (code === PROGRAM_END) return 4;
  if (code !== PACK) return at + 6 <= view.byteLength ? 6 + view.getUint16(at + 4) : undefined;
  if (at + 14 > view.byteLength) return undefined;
  const isMpeg2 = view.getUint8(at + 4) >> 6 === 1;
  return isMpeg2 ? 14 + (view.getUint8(at + 13) & 7) : 12;
}

/** EBML's number of variable length; its value is undefined when all bits are set: not known. */
function readVint(
  view: DataView,
  at: number,
): { readonly value: number | undefined; readonly next: number } | undefined {
  if (at >= view.byteLength) return undefined;
  const length = Math.clz32(view.getUint8(at)) - 23;
  if (length > 8 || at + length > view.byteLength) return undefined;
  let value = view.getUint8(at) & (0xff >> length);
  let isOpen = value === 0xff >> length;
  for (let byte = at + 1; byte < at + length; byte += 1) {
    value = value * 256 + view.getUint8(byte);
    isOpen &&= view.getUint8(byte) === 0xff;
  }
  return { value: isOpen ? undefined : value, next: at + length };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function firstIndexOf(bytes: Uint8Array, pattern: readonly number[]): number {
  for (let at = 0; at + pattern.length <= bytes.length; at += 1) {
    if (pattern.every((byte, offset) => bytes[at + offset] === byte)) return at;
  }
  return -1;
}

function lastIndexOf(bytes: Uint8Array, pattern: readonly number[]): number {
  for (let at = bytes.length - pattern.length; at >= 0; at -= 1) {
    if (pattern.every((byte, offset) => bytes[at + offset] === byte)) return at;
  }
  return -1;
}
