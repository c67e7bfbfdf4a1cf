import { viewOf } from './bytes.ts';
import { invalidMedia } from './invalid-media.ts';

export interface Box {
  readonly type: string;
  /** With its header. */
  readonly bytes: Uint8Array;
  /** Without. */
  readonly body: Uint8Array;
}

/** A header of a box: how long all of it is. Zero bytes stand for "up to the end of the file". */
export interface BoxHeader {
  readonly type: string;
  readonly headerBytes: number;
  readonly bytes: number;
}

/** Longest header: one with a size of 64 bits. */
export const MAX_BOX_HEADER = 16;

/**
 * Reads the header at the beginning of `bytes`, of which there are `left` until the end of what holds the box.
 * @throws MillraceError `output.invalid` when it does not fit in there
 */
export function readBoxHeader(bytes: Uint8Array, left: number): BoxHeader {
  const view = viewOf(bytes);
  if (view.byteLength < 8) throw invalidMedia('a box is cut off');
  const type = String.fromCharCode(...bytes.subarray(4, 8));
  const short = view.getUint32(0);
  const isLong = short === 1;
  if (isLong && view.byteLength < MAX_BOX_HEADER) throw invalidMedia('a box is cut off');
  const declared = isLong ? Number(view.getBigUint64(8)) : short;
  const total = declared === 0 ? left : declared;
  const headerBytes = isLong ? MAX_BOX_HEADER : 8;
  if (total < headerBytes || total > left) throw invalidMedia('a box does not fit where it stands');
  return { type, headerBytes, bytes: total };
}

/** The boxes that fill `bytes`. */
export function readBoxes(bytes: Uint8Array): readonly Box[] {
  const boxes: Box[] = [];
  let at = 0;
  while (at < bytes.length) {
    const rest = bytes.subarray(at);
    const header = readBoxHeader(rest, rest.length);
    boxes.push({
      type: header.type,
      bytes: rest.subarray(0, header.bytes),
      body: rest.subarray(header.headerBytes, header.bytes),
    });
    at += header.bytes;
  }
  return boxes;
}

/** The one box that is found by going down `path` through boxes that hold nothing but boxes; undefined: none. */
export function findBox(bytes: Uint8Array, ...path: readonly string[]): Box | undefined {
  const [type, ...below] = path;
  const found = readBoxes(bytes).filter((candidate) => candidate.type === type);
  if (found.length > 1) throw invalidMedia(`there is more than one ${type}`);
  const [one] = found;
  return one === undefined || below.length === 0 ? one : findBox(one.body, ...below);
}

/** Like {@link findBox}, where it must be. */
export function needBox(bytes: Uint8Array, ...path: readonly string[]): Box {
  const found = findBox(bytes, ...path);
  if (found === undefined) throw invalidMedia(`there is no ${path.at(-1)}`);
  return found;
}
