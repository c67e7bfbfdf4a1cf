export interface UploadedPart {
  /** From 1. */
  readonly number: number;
  readonly bytes: number;
}

/** Objects that are put together from parts, which may come in any order and from several workers. */
export interface PartUploads {
  /** Gives the id of the upload. One that is never completed goes after some days. */
  begin(key: string, contentType: string): Promise<string>;
  /** All parts but the last have at least 5 MiB. A part that is there already is replaced. */
  put(key: string, upload: string, number: number, body: Uint8Array): Promise<void>;
  /** Those that are there, by number; none when the upload has been completed or is gone. */
  list(key: string, upload: string): Promise<readonly UploadedPart[]>;
  /** Makes the object of all parts, unless one stands at the key: then that is left as it is. */
  complete(key: string, upload: string): Promise<'created' | 'exists'>;
}
