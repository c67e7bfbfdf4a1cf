import { invalidMedia } from './invalid-media.ts';
import type { MediaIndex } from './media-index.ts';
import type { TrackKind } from './sample-entry.ts';

/** A media file and where it is. */
export interface PlacedIndex {
  readonly path: string;
  readonly index: MediaIndex;
}

/** Bytes of a media file: samples that stand side by side in it. */
export interface ProgressivePiece {
  readonly path: string;
  readonly offset: number;
  readonly bytes: number;
}

/** Samples of one track that stand side by side in the progressive file. */
export interface ProgressiveChunk {
  readonly kind: TrackKind;
  readonly samples: number;
  readonly bytes: number;
}

export interface Interleaved {
  readonly chunks: readonly ProgressiveChunk[];
  readonly pieces: readonly ProgressivePiece[];
}

export interface InterleaveRequest {
  readonly picture: readonly PlacedIndex[];
  /** Null: there is none. */
  readonly sound: readonly PlacedIndex[] | null;
  /** Whether these are all files. Else it ends where the next byte depends on a file that is not there. */
  readonly complete: boolean;
}

/**
 * The order of the media in a progressive file: one GOP after another, each followed by the sound that begins in its
 * time; what sound is left comes last. What the first files give is the beginning of what all give.
 * @throws MillraceError `output.invalid` when files of a track are not of one configuration or do not follow one another
 */
export function interleave(request: InterleaveRequest): Interleaved {
  throw invalidMedia(`${request.picture.length} files cannot be joined`);
}
