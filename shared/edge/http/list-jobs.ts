import type { Context } from 'hono';
import { z } from 'zod';
import { jobDocument } from '../../core/document.ts';
import type { JobListDocument } from '../../core/document-schema.ts';
import { JOB_STATES } from '../../core/job.ts';
import { MAX_KEY_BYTES } from '../../core/keys.ts';
import type { JobQuery } from '../../core/ports/job-store.ts';
import type { ApiOptions, ApiPorts } from './api-options.ts';
import { requireToken } from './auth.ts';
import { baseUrl, fileUrlBelow } from './base-url.ts';
import { invalidRequest } from './problem.ts';
import { fieldErrors } from './read-json.ts';
import { json } from './reply.ts';

/** The query of `GET /v1/jobs`. */
export const ListQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().min(1).max(4096).optional().meta({ description: 'From the page before.' }),
  state: z.enum(JOB_STATES).optional(),
  key: z.string().min(1).max(MAX_KEY_BYTES).optional().meta({ description: 'Exact key of the source.' }),
});

/** `GET /v1/jobs`: whole documents, newest first. */
export function listJobs(ports: ApiPorts, options: ApiOptions): (context: Context) => Promise<Response> {
  return async ({ req }) => {
    await requireToken(req.header('authorization'), options.token);
    const parsed = ListQuery.safeParse(req.query());
    if (!parsed.success) throw invalidRequest(400, fieldErrors(parsed.error));
    const { limit, cursor, state, key } = parsed.data;
    const page = await listPage(ports, {
      limit,
      ...(cursor === undefined ? {} : { cursor }),
      ...(state === undefined ? {} : { state }),
      ...(key === undefined ? {} : { key }),
    });
    const fileUrl = fileUrlBelow(baseUrl(req.url, options.publicUrl));
    const answer: JobListDocument = {
      jobs: page.jobs.map((job) => jobDocument(job, fileUrl)),
      cursor: page.cursor,
    };
    return json(200, answer, { 'Cache-Control': 'no-store' });
  };
}

async function listPage({ lister }: ApiPorts, query: JobQuery) {
  try {
    return await lister.list(query);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const detail = 'Expected the cursor of an earlier page, unchanged.';
    throw invalidRequest(400, [{ field: 'cursor', detail }]);
  }
}
