import { ascii, concat, u8, u32 } from './bytes.ts';

/** A box of ISO/IEC 14496-12, section 4.2. */
export function box(type: string, ...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = 8 + parts.reduce((sum, { length }) => sum + length, 0);
  if (bytes > 0xffff_ffff) throw new RangeError(`a ${type} of ${bytes} bytes`);
  return concat([u32(bytes), ascii(type), ...parts]);
}

/** A box that says its version and 24 flags. */
export function fullBox(
  type: string,
  version: number,
  flags: number,
  ...parts: readonly Uint8Array[]
): Uint8Array {
  return box(type, u8(version, (flags >> 16) & 255, (flags >> 8) & 255, flags & 255), ...parts);
}
