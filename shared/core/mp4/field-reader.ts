import { viewOf } from './bytes.ts';
import { invalidMedia } from './invalid-media.ts';

/** Reads the fields of a box one after another; what is not there is `output.invalid`. */
export class FieldReader {
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#view = viewOf(bytes);
  }

  get left(): number {
    return this.#view.byteLength - this.#at;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2));
  }

  i16(): number {
    return this.#view.getInt16(this.#take(2));
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4));
  }

  i32(): number {
    return this.#view.getInt32(this.#take(4));
  }

  u64(): number {
    return safe(this.#view.getBigUint64(this.#take(8)));
  }

  i64(): number {
    return safe(this.#view.getBigInt64(this.#take(8)));
  }

  skip(bytes: number): this {
    this.#take(bytes);
    return this;
  }

  bytes(length: number): Uint8Array {
    const at = this.#take(length);
    return new Uint8Array(this.#view.buffer, this.#view.byteOffset + at, length);
  }

  /** Number of entries, each of `entryBytes`, that must all be there. */
  count(entryBytes: number): number {
    const entries = this.u32();
    if (entries * entryBytes > this.left) throw invalidMedia('a table is cut off');
    return entries;
  }

  #take(bytes: number): number {
    if (bytes > this.left) throw invalidMedia('a box is too short');
    const at = this.#at;
    this.#at += bytes;
    return at;
  }
}

function safe(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw invalidMedia('a number is beyond all bounds');
  return number;
}
