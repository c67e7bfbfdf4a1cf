import { invalidMedia } from './invalid-media.ts';
import type { MediaIndex } from './media-index.ts';

/**
 * Reads the head of a media file: its first `mediaOffset` bytes. More may follow.
 * @throws MillraceError `output.invalid` on anything that the writer would not have written
 */
export function parseMediaHead(bytes: Uint8Array): MediaIndex {
  throw invalidMedia(`${bytes.length} bytes cannot be read`);
}
