import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { MillraceError } from '../core/errors.ts';
import type { MediaObject } from '../core/ports/media.ts';
import type { ByteRange } from '../core/ports/object-store.ts';
import { NotSplittable } from '../core/ranges/not-splittable.ts';
import { readPieces, type StoreWait } from './read-pieces.ts';

/** A store that is silent for this long is to blame when a reader gives up or is ended; an answer begins in a fraction of it. */
const SILENCE_MS = 5_000;

export interface RangeServer {
  /** `http://127.0.0.1:<port>/<secret>/source`. */
  readonly url: string;
  /**
   * The first error of the store while an answer was under way; a long silence is one. `NotSplittable` when more was
   * asked for than the object's budget allows.
   */
  failure(): Error | undefined;
  /** Of the store, whether a reader took them or not. */
  bytesRead(): number;
  /** Ends every connection, then the server. */
  close(): Promise<void>;
}

/**
 * Serves one object by ranges to child processes on this machine, under an address that cannot be guessed.
 * @param silenceMs Milliseconds without a byte of the store that count as a failure of it; default 5 s.
 */
export async function startRangeServer(object: MediaObject, silenceMs = SILENCE_MS): Promise<RangeServer> {
  const path = `/${randomBytes(24).toString('base64url')}/source`;
  const waits = new Set<StoreWait>();
  let failure: Error | undefined;
  let bytesRead = 0;
  const spend = (bytes: number): void => {
    bytesRead += bytes;
    if (object.budget !== undefined && bytesRead > object.budget)
      throw overBudget(object.budget, object.size);
  };
  const silence = ({ since }: StoreWait): Error | undefined =>
    since !== null && Date.now() - since >= silenceMs ? silentStore() : undefined;

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.url !== path || (request.method !== 'GET' && request.method !== 'HEAD')) {
      response.writeHead(404).end();
      return;
    }
    const range = parseRange(request.headers.range, object.size);
    if (range === 'unsatisfiable') {
      response.writeHead(416, { 'content-range': `bytes */${object.size}` }).end();
      return;
    }
    const { start, end } = range ?? { start: 0, end: object.size - 1 };
    response.writeHead(range ? 206 : 200, {
      'accept-ranges': 'bytes',
      'content-type': 'application/octet-stream',
      'content-length': end - start + 1,
      ...(range ? { 'content-range': `bytes ${start}-${end}/${object.size}` } : {}),
    });
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    const abort = new AbortController();
    response.once('close', () => abort.abort());
    const wait: StoreWait = { since: null };
    waits.add(wait);
    try {
      await pipeline(
        Readable.from(readPieces(object, { start, end }, abort.signal, { wait, spend })),
        response,
      );
    } catch (error) {
      // A reader that seeks hangs up on the answer it no longer wants; that is no failure of the store.
      const isFinal = error instanceof MillraceError || error instanceof NotSplittable;
      if (!abort.signal.aborted || isFinal) failure ??= asError(error);
      failure ??= silence(wait);
      response.destroy();
    } finally {
      waits.delete(wait);
    }
  };

  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('The range server has no port.');
  return {
    url: `http://127.0.0.1:${address.port}${path}`,
    bytesRead: () => bytesRead,
    failure: () => failure ?? [...waits].map(silence).find((error) => error !== undefined),
    close: () =>
      new Promise<void>((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

/** One range of `bytes=`; null without a header or with one that is not understood (RFC 9110 lets it be ignored). */
function parseRange(header: string | undefined, size: number): ByteRange | 'unsatisfiable' | null {
  const match = header?.match(/^bytes=(\d*)-(\d*)$/);
  if (!match || (match[1] === '' && match[2] === '')) return null;
  const fromEnd = match[1] === '';
  const start = fromEnd ? Math.max(0, size - Number(match[2])) : Number(match[1]);
  const end = fromEnd || match[2] === '' ? size - 1 : Math.min(size - 1, Number(match[2]));
  return start > end ? 'unsatisfiable' : { start, end };
}

function overBudget(budget: number, size: number): NotSplittable {
  return new NotSplittable(`reading a part of ${size} bytes took more than ${budget} bytes`);
}

function silentStore(): MillraceError {
  return new MillraceError('infrastructure', 'The object store did not answer in time.', { retryable: true });
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
