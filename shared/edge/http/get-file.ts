import { createHash } from 'node:crypto';
import type { Context } from 'hono';
import { MillraceError } from '../../core/errors.ts';
import { PLAYLIST_TYPE } from '../../core/hls/paths.ts';
import type { Job } from '../../core/job.ts';
import { outputKey } from '../../core/keys.ts';
import type { ByteRange } from '../../core/ports/object-store.ts';
import type { ApiPorts } from './api-options.ts';
import { parseRange } from './byte-range.ts';
import { noneMatchNames } from './etag.ts';
import { fileBody } from './file-body.ts';
import { looksLikeJobId } from './job-id.ts';
import type { LiveFiles } from './live-files.ts';
import { jobNotFound, ProblemError } from './problem.ts';
import { type HeaderFields, reply } from './reply.ts';
import { findFile, type StoredFile } from './stored-file.ts';

/** What names other files by relative address is served from here, never redirected away. */
const INDEX_TYPES = /^(text\/vtt|application\/vnd\.apple\.mpegurl|application\/x-mpegurl|audio\/mpegurl)\b/i;

/**
 * `GET /v1/jobs/{id}/files/{path}`: one recorded file, or a playlist that grows while the job runs. A redirect where the
 * store has addresses of its own, else the bytes. Only what the job's records list is ever looked up.
 * @param readTasks Reads a job without its chunks; never older than the document that clients have seen.
 */
export function getFile(
  { outputs, link, log }: Pick<ApiPorts, 'outputs' | 'link' | 'log'>,
  readTasks: (jobId: string) => Promise<Job | undefined>,
  live: LiveFiles,
): (context: Context) => Promise<Response> {
  const send = async (jobId: string, file: StoredFile, range: ByteRange | null): Promise<Response> => {
    const key = outputKey(jobId, file.path);
    const stream = await outputs.read(key, range === null ? {} : { range }).catch((cause: unknown) => {
      throw cause instanceof MillraceError && cause.code === 'input.missing' ? fileNotFound() : cause;
    });
    const body = fileBody(stream, (error) =>
      log.error({ err: error, jobId, path: file.path }, 'File cut short'),
    );
    if (range === null) return reply(200, body, fileHeaders(file, file.bytes));
    return reply(206, body, {
      ...fileHeaders(file, range.end - range.start + 1),
      'Content-Range': `bytes ${range.start}-${range.end}/${file.bytes}`,
    });
  };

  const answerFile = async ({ req }: Context, jobId: string, file: StoredFile): Promise<Response> => {
    if (noneMatchNames(req.header('if-none-match'), etagOf(file))) return notModified(file);
    // A signed address takes the one method it was signed for, so HEAD is answered from the record.
    if (req.method === 'HEAD') return reply(200, null, fileHeaders(file, file.bytes));
    if (!isIndex(file)) {
      const url = await link(outputKey(jobId, file.path), file.contentType);
      if (url !== undefined) return reply(302, null, { Location: url, 'Cache-Control': 'no-store' });
    }
    return send(jobId, file, rangeFor(file, req.header('range'), req.header('if-range')));
  };

  return async (context) => {
    const { req } = context;
    const jobId = req.param('id');
    if (!looksLikeJobId(jobId)) throw jobNotFound();
    const path = req.param('path') ?? '';
    const job = await readTasks(jobId);
    if (job === undefined) throw jobNotFound();
    const file = findFile(job, path) ?? (await live.piece(jobId, path));
    if (file !== undefined) return answerFile(context, jobId, file);
    const text = await live.playlist(job, path);
    if (text === undefined) throw fileNotFound();
    return answerText(context, path, text);
  };
}

/** Always whole: a range of what grows would be of no use. */
function answerText({ req }: Context, path: string, text: string): Response {
  const bytes = Buffer.from(text);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const file = { path, contentType: PLAYLIST_TYPE, bytes: bytes.length, sha256 };
  if (noneMatchNames(req.header('if-none-match'), etagOf(file))) return notModified(file);
  const { 'Accept-Ranges': _, ...headers } = fileHeaders(file, file.bytes);
  return reply(200, req.method === 'HEAD' ? null : text, headers);
}

function notModified(file: StoredFile): Response {
  return reply(304, null, { ETag: etagOf(file), 'Cache-Control': cacheControl(file) });
}

function rangeFor(
  file: StoredFile,
  range: string | undefined,
  ifRange: string | undefined,
): ByteRange | null {
  if (ifRange !== undefined && ifRange !== etagOf(file)) return null;
  const parsed = parseRange(range, file.bytes);
  if (parsed !== 'unsatisfiable') return parsed;
  throw new ProblemError(416, 'file.range_not_satisfiable', `The file has ${file.bytes} bytes.`, {
    headers: { 'Content-Range': `bytes */${file.bytes}` },
  });
}

function fileHeaders(file: StoredFile, length: number): HeaderFields {
  return {
    'Content-Type': file.contentType,
    'Content-Length': String(length),
    'Content-Disposition': 'inline',
    'Accept-Ranges': 'bytes',
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': cacheControl(file),
    ETag: etagOf(file),
  };
}

/** A committed file never changes; at the address of a playlist a longer one may stand the next time. */
function cacheControl(file: StoredFile): string {
  return isIndex(file) ? 'no-cache' : 'private, max-age=3600';
}

function isIndex({ contentType }: StoredFile): boolean {
  return INDEX_TYPES.test(contentType);
}

function etagOf(file: StoredFile): string {
  return `"${file.sha256}"`;
}

function fileNotFound(): ProblemError {
  return new ProblemError(404, 'file.not_found', 'The job has no file at this path.');
}
