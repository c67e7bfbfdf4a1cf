import type { Readable } from 'node:stream';

/** Inclusive byte positions, as in HTTP. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** A version of an object that a read insists on. */
export interface Pin {
  readonly etag: string;
  readonly versionId: string | null;
}

export interface ObjectInfo {
  readonly size: number;
  readonly etag: string;
  readonly contentType: string | null;
  /** Hexadecimal; as its writer gave it, where the store keeps it. */
  readonly sha256?: string;
}

export interface ReadOptions {
  readonly pin?: Pin;
  readonly range?: ByteRange;
  readonly signal?: AbortSignal;
}

export interface PutOptions {
  readonly contentType: string;
  /** Hexadecimal; stored with the object. */
  readonly sha256: string;
  readonly attempt: number;
}

/** One bucket. A read of an object that is gone or no longer the pinned version throws `input.missing`. */
export interface ObjectStore {
  /** Undefined when there is no such object (or not in the pinned version). */
  head(key: string, pin?: Pin): Promise<ObjectInfo | undefined>;
  read(key: string, options?: ReadOptions): Promise<Readable>;
  /** Create-exclusive: first writer wins; `exists` leaves the object as it is. */
  put(key: string, file: string, options: PutOptions): Promise<'created' | 'exists'>;
  /** Path of a local file that holds exactly this object, where the store is a disk; else undefined. */
  localPath(key: string, pin?: Pin): Promise<string | undefined>;
}
