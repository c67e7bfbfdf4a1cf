import { OpenAPIHono, type RouteConfig } from '@hono/zod-openapi';
import type { Context, Handler } from 'hono';
import type { ApiOptions, ApiPorts } from './api-options.ts';
import { createUpload } from './create-upload.ts';
import { createFreshCache } from './fresh-cache.ts';
import { getFile } from './get-file.ts';
import { getJob } from './get-job.ts';
import { createJobViews } from './job-views.ts';
import { listJobs } from './list-jobs.ts';
import { createLiveFiles } from './live-files.ts';
import { ProblemError, problemResponse } from './problem.ts';
import { json, preflight, reply } from './reply.ts';
import * as routes from './routes.ts';
import { readSnapshot } from './snapshots.ts';

/** Milliseconds between two reads of one job, however many clients ask. */
const SNAPSHOT_MS = 250;

/** Methods that get 405 where a path does not take them; any other gets 404. */
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/**
 * The status API of design 5.2 as a Hono app, the same wherever it is mounted: `handle(app)` of
 * `hono/aws-lambda` in a function, `serve({ fetch: app.fetch, port })` of `@hono/node-server` on a machine.
 * It is given ports and options and reads no environment. Answers everything, including its own defects, with
 * CORS headers; what goes wrong is `application/problem+json` and, when it is a defect, told to `ports.log`.
 */
export function createApp(ports: ApiPorts, options: ApiOptions): OpenAPIHono {
  const app = new OpenAPIHono();
  const snapshotMs = options.snapshotMs ?? SNAPSHOT_MS;
  const { reader, now } = ports;
  const views = createJobViews(reader);
  const snapshots = createFreshCache(readSnapshot(views), now, snapshotMs);
  const records = createFreshCache((id: string) => reader.readTasks(id), now, snapshotMs);
  const readRecord = (id: string) => records.get(id, snapshots.readAt(id));
  const openApi = lazily(() => json(200, describe(app)).text());

  const mounts: readonly (readonly [RouteConfig, Handler])[] = [
    [routes.createUploadRoute, createUpload(ports, options)],
    [routes.listJobsRoute, listJobs(ports, options)],
    [routes.getJobRoute, getJob(snapshots, options, Math.max(snapshotMs, 50))],
    [routes.getFileRoute, getFile(ports, readRecord, createLiveFiles(reader, views))],
    [routes.healthRoute, () => json(200, { status: 'ok' }, { 'Cache-Control': 'no-store' })],
    [
      routes.openApiRoute,
      async () =>
        reply(200, await openApi(), { 'Content-Type': 'application/json', 'Cache-Control': 'no-cache' }),
    ],
  ];
  for (const [route, handler] of mounts) {
    app.openAPIRegistry.registerPath(route);
    const method = route.method.toUpperCase();
    app.on(method, honoPath(route.path), handler);
    app.on(
      METHODS.filter((other) => other !== method),
      honoPath(route.path),
      refuseMethod(method),
    );
  }
  app.options('*', preflight);

  app.notFound(() =>
    problemResponse(new ProblemError(404, 'route.not_found', 'There is nothing at this address.')),
  );
  app.onError((error, context) => problemResponse(asProblem(error, context, ports.log)));
  return app;
}

function asProblem(error: Error, { req }: Context, log: ApiPorts['log']): ProblemError {
  if (error instanceof ProblemError) {
    if (error.status >= 500) log.error({ err: error, method: req.method, path: req.path }, error.message);
    return error;
  }
  log.error({ err: error, method: req.method, path: req.path }, 'A request failed');
  return new ProblemError(500, 'service.failed', 'The request could not be answered; try again later.', {
    cause: error,
  });
}

function refuseMethod(allowed: string): Handler {
  const list = [allowed, ...(allowed === 'GET' ? ['HEAD'] : []), 'OPTIONS'].join(', ');
  return () => {
    const detail = `This address takes ${list}.`;
    throw new ProblemError(405, 'route.method_not_allowed', detail, { headers: { Allow: list } });
  };
}

/** A path of OpenAPI as Hono writes it; `{path}` takes the rest, slashes included. */
function honoPath(path: string): string {
  return path.replace('{path}', ':path{.+}').replaceAll(/\{(\w+)\}/g, ':$1');
}

function describe(app: OpenAPIHono): object {
  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', { type: 'http', scheme: 'bearer' });
  return app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Millrace',
      version: '1',
      description: 'Upload a video, follow its job, fetch what came of it.',
    },
  });
}

function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
