import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from 'hono';
import type { ApiOptions } from './api-options.ts';
import { baseUrl } from './base-url.ts';
import { noneMatchNames } from './etag.ts';
import type { FreshCache } from './fresh-cache.ts';
import { looksLikeJobId } from './job-id.ts';
import { invalidRequest, jobNotFound } from './problem.ts';
import { reply } from './reply.ts';
import type { Snapshot } from './snapshots.ts';

/** Longest that `?wait` may ask for; more counts as this. */
export const MAX_WAIT_SECONDS = 20;

/**
 * `GET /v1/jobs/{id}`: the job document. With `?wait` the answer is held until the document differs from the
 * one that `If-None-Match` names (or from the first one read), the job has ended or the time is over.
 */
export function getJob(
  snapshots: FreshCache<Snapshot>,
  options: Pick<ApiOptions, 'publicUrl' | 'maxWaitSeconds'>,
  pollMs: number,
): (context: Context) => Response | Promise<Response> {
  const longestWait = Math.min(options.maxWaitSeconds ?? 0, MAX_WAIT_SECONDS);

  const answer = ({ req }: Context, snapshot: Snapshot): Response => {
    if (noneMatchNames(req.header('if-none-match'), snapshot.etag)) return reply(304, null, snapshot.headers);
    return reply(200, snapshot.body(baseUrl(req.url, options.publicUrl)), snapshot.bodyHeaders);
  };

  const hold = async (context: Context, id: string, wait: string | undefined): Promise<Response> => {
    const first = await snapshots.get(id);
    if (first === undefined) throw jobNotFound();
    const seconds = parseWait(wait);
    const known = context.req.header('if-none-match');
    const isNews = (snapshot: Snapshot) =>
      snapshot.ended || (known === undefined ? snapshot !== first : !noneMatchNames(known, snapshot.etag));
    const deadline = performance.now() + Math.min(seconds, longestWait) * 1000;
    const { signal } = context.req.raw;
    let latest = first;
    while (!isNews(latest) && !signal.aborted) {
      const left = deadline - performance.now();
      if (left <= 0) break;
      await pause(Math.min(left, pollMs), signal);
      const next = await snapshots.get(id);
      if (next === undefined) throw jobNotFound();
      latest = next;
    }
    return answer(context, latest);
  };

  return (context) => {
    const id = context.req.param('id');
    if (!looksLikeJobId(id)) throw jobNotFound();
    const wait = context.req.query('wait');
    const held = wait === undefined ? snapshots.fresh(id) : undefined;
    return held === undefined ? hold(context, id, wait) : answer(context, held);
  };
}

function parseWait(text: string | undefined): number {
  if (text === undefined) return 0;
  const seconds = /^\d{1,9}(\.\d{1,9})?$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isFinite(seconds)) return seconds;
  throw invalidRequest(400, [{ field: 'wait', detail: `Expected seconds from 0 to ${MAX_WAIT_SECONDS}.` }]);
}

/** Ends early, and quietly, when the client leaves. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
