import type { Context } from 'hono';
import { MillraceError } from '../../core/errors.ts';
import type { Output } from '../../core/job.ts';
import { outputKey } from '../../core/keys.ts';
import type { ByteRange } from '../../core/ports/object-store.ts';
import type { ApiPorts } from './api-options.ts';
import { parseRange } from './byte-range.ts';
import { noneMatchNames } from './etag.ts';
import { fileBody } from './file-body.ts';
import { looksLikeJobId } from './job-id.ts';
import { jobNotFound, ProblemError } from './problem.ts';
import { type HeaderFields, reply } from './reply.ts';
import type { Snapshots } from './snapshots.ts';

/** What names other files by relative address is served from here, never redirected away. */
const INDEX_TYPES = /^(text\/vtt|application\/vnd\.apple\.mpegurl|application\/x-mpegurl|audio\/mpegurl)\b/i;

/**
 * `GET /v1/jobs/{id}/files/{path}`: one recorded output. A redirect where the store has addresses of its own,
 * else the bytes. Only what the job's record lists is ever looked up.
 */
export function getFile(
  { outputs, link, log }: Pick<ApiPorts, 'outputs' | 'link' | 'log'>,
  snapshots: Snapshots,
): (context: Context) => Promise<Response> {
  const send = async (jobId: string, output: Output, range: ByteRange | null): Promise<Response> => {
    const key = outputKey(jobId, output.path);
    const stream = await outputs.read(key, range === null ? {} : { range }).catch((cause: unknown) => {
      throw cause instanceof MillraceError && cause.code === 'input.missing' ? fileNotFound() : cause;
    });
    const body = fileBody(stream, (error) =>
      log.error({ err: error, jobId, path: output.path }, 'File cut short'),
    );
    if (range === null) return reply(200, body, fileHeaders(output, output.bytes));
    return reply(206, body, {
      ...fileHeaders(output, range.end - range.start + 1),
      'Content-Range': `bytes ${range.start}-${range.end}/${output.bytes}`,
    });
  };

  return async ({ req }) => {
    const jobId = req.param('id');
    if (!looksLikeJobId(jobId)) throw jobNotFound();
    const snapshot = await snapshots.get(jobId);
    if (snapshot === undefined) throw jobNotFound();
    const output = snapshot.output(req.param('path') ?? '');
    if (output === undefined) throw fileNotFound();

    if (noneMatchNames(req.header('if-none-match'), etagOf(output))) {
      return reply(304, null, { ETag: etagOf(output), 'Cache-Control': cacheControl(output) });
    }
    // A signed address takes the one method it was signed for, so HEAD is answered from the record.
    if (req.method === 'HEAD') return reply(200, null, fileHeaders(output, output.bytes));
    if (!isIndex(output)) {
      const url = await link(outputKey(jobId, output.path), output.contentType);
      if (url !== undefined) return reply(302, null, { Location: url, 'Cache-Control': 'no-store' });
    }
    const range = rangeFor(output, req.header('range'), req.header('if-range'));
    return send(jobId, output, range);
  };
}

function rangeFor(output: Output, range: string | undefined, ifRange: string | undefined): ByteRange | null {
  if (ifRange !== undefined && ifRange !== etagOf(output)) return null;
  const parsed = parseRange(range, output.bytes);
  if (parsed !== 'unsatisfiable') return parsed;
  throw new ProblemError(416, 'file.range_not_satisfiable', `The file has ${output.bytes} bytes.`, {
    headers: { 'Content-Range': `bytes */${output.bytes}` },
  });
}

function fileHeaders(output: Output, length: number): HeaderFields {
  return {
    'Content-Type': output.contentType,
    'Content-Length': String(length),
    'Content-Disposition': 'inline',
    'Accept-Ranges': 'bytes',
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': cacheControl(output),
    ETag: etagOf(output),
  };
}

/** A committed file never changes; a playlist may be replaced by a longer one. */
function cacheControl(output: Output): string {
  return isIndex(output) ? 'no-cache' : 'private, max-age=3600';
}

function isIndex(output: Output): boolean {
  return output.kind === 'playlist' || INDEX_TYPES.test(output.contentType);
}

function etagOf(output: Output): string {
  return `"${output.sha256}"`;
}

function fileNotFound(): ProblemError {
  return new ProblemError(404, 'file.not_found', 'The job has no file at this path.');
}
