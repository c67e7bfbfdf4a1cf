/** Part of a media file that one entry of a media playlist names. */
export interface MediaSegment {
  readonly bytes: number;
  /** In units of the file's timescale. */
  readonly duration: number;
}

/**
 * A committed file of CMAF fragments that can be played by itself: `ftyp` and `moov`, an index of its samples, then one
 * fragment per GOP. The segments follow one another from `mediaOffset` to the end.
 */
export interface MediaFile {
  /** Name of the rendition, or `audio`. */
  readonly track: string;
  /** Path below `<jobId>/`. */
  readonly path: string;
  readonly contentType: string;
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
  /** RFC 6381, of this track alone. */
  readonly codecs: string;
  /** Names the sample entry: files of one track may follow one another where it is the same. */
  readonly config: string;
  /** Bytes of `ftyp` and `moov`, at the beginning. */
  readonly headerBytes: number;
  /** Where the first segment begins. */
  readonly mediaOffset: number;
  /** Units of time per second. */
  readonly timescale: number;
  /** Presentation time of the first sample, in these units, from the zero of the job's outputs. */
  readonly start: number;
  /** None where a playlist that is committed with the file says it all. */
  readonly segments: readonly MediaSegment[];
}
