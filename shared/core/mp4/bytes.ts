/** Big-endian integers, as all of ISO/IEC 14496-12 has them. */
export function u8(...values: readonly number[]): Uint8Array {
  return Uint8Array.from(values);
}

export function u16(...values: readonly number[]): Uint8Array {
  return written(values.length * 2, (view) => {
    for (const [place, value] of values.entries()) view.setUint16(place * 2, value);
  });
}

export function u32(...values: readonly number[]): Uint8Array {
  return written(values.length * 4, (view) => {
    for (const [place, value] of values.entries()) view.setUint32(place * 4, value);
  });
}

/** Of a safe integer, which a number above 2^53 is not. */
export function u64(value: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} as 64 bits`);
  return written(8, (view) => view.setBigUint64(0, BigInt(value)));
}

/** Bytes that `fill` writes through a view. */
export function written(length: number, fill: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(length);
  fill(new DataView(bytes.buffer));
  return bytes;
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Characters of ASCII: a box's type or a brand. */
export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, place) => byte === other[place]);
}
