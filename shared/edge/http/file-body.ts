import type { Readable } from 'node:stream';

/**
 * A store's stream as a response body, at the reader's pace. When reading fails midway `onError` hears why and
 * the body breaks off with words that say nothing internal: servers may send them to the client.
 */
export function fileBody(source: Readable, onError: (error: unknown) => void): ReadableStream<Uint8Array> {
  const chunks: AsyncIterator<unknown> = source[Symbol.asyncIterator]();
  let isLeft = false;
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        try {
          const { done, value } = await chunks.next();
          if (isLeft) return;
          if (done === true) controller.close();
          else if (value instanceof Uint8Array) controller.enqueue(value);
          else throw new TypeError('A file stream must give bytes.');
        } catch (error) {
          // A reader that goes breaks the stream off; that is no failure.
          if (isLeft) return;
          source.destroy();
          onError(error);
          controller.error(new Error('The file could not be read to its end.'));
        }
      },
      cancel: () => {
        isLeft = true;
        source.destroy();
      },
    },
    { highWaterMark: 0 },
  );
}
