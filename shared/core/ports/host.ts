/** Epoch milliseconds. */
export type Clock = () => number;

/** Disk space for one attempt. */
export interface ScratchDirectory {
  readonly path: string;
  wipe(): Promise<void>;
}

/** Makes an empty directory, after removing those of attempts whose process is dead. */
export type OpenScratch = () => Promise<ScratchDirectory>;

/** Megabytes that are left to scratch directories. */
export type FreeSpace = () => Promise<number>;

export interface FileDigest {
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

/** Size and checksum of a local file, without holding it in memory. */
export type DigestFile = (path: string) => Promise<FileDigest>;

/** Resident memory of this process and its children in MB; null where the system does not tell. */
export type MeasureMemory = () => Promise<number | null>;

/** One JSON line per call; an error goes under `err`. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
