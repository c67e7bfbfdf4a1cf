import type { MediaInput, MediaObject, OpenMedia } from '../core/ports/media.ts';

/**
 * Opens an object for as long as `use` reads it. When the object could not be read in full, that is what is thrown,
 * however `use` ended: a program that is cut off takes it for the end of the file and may well be content.
 * @param signal Once aborted, what `use` throws goes out as it is.
 */
export async function readMedia<T>(
  openMedia: OpenMedia,
  object: MediaObject,
  use: (input: MediaInput) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const opened = await openMedia(object);
  try {
    const [ended] = await Promise.allSettled([use(opened.input)]);
    if (ended.status === 'rejected' && signal?.aborted) throw ended.reason;
    const failure = await opened.failure();
    if (failure !== undefined) throw failure;
    if (ended.status === 'rejected') throw ended.reason;
    return ended.value;
  } finally {
    await opened.close();
  }
}
