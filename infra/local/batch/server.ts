import { z } from 'zod';
import type { BatchDeclarations } from '../declarations/batch.ts';
import { type Fetch, startWebServer } from '../web-server.ts';
import { describeJob } from './describe-job.ts';
import { type BatchNames, batchArn } from './names.ts';
import type { Scheduler } from './scheduler.ts';

/** The part of Batch's REST API that the service uses, on loopback only. */
export interface BatchServer {
  /** For `AWS_ENDPOINT_URL_BATCH`. */
  readonly endpoint: string;
  stop(): Promise<void>;
}

const Pairs = z.array(z.strictObject({ name: z.string(), value: z.string() }));

/** A field that is not simulated is refused rather than passed over. */
const SubmitJob = z.strictObject({
  jobName: z.string().regex(/^[A-Za-z0-9][\w-]{0,127}$/),
  jobQueue: z.string(),
  jobDefinition: z.string(),
  parameters: z.record(z.string(), z.string()).default({}),
  containerOverrides: z.strictObject({ environment: Pairs.default([]) }).default({ environment: [] }),
  tags: z.record(z.string(), z.string()).optional(),
  propagateTags: z.boolean().optional(),
});
const DescribeJobs = z.strictObject({ jobs: z.array(z.string()).max(100) });
const EndJob = z.strictObject({ jobId: z.string(), reason: z.string() });

/** An error as AWS answers it when the request is to blame. */
class ClientException extends Error {}

/** Answers the SDK's client for as long as `scheduler` lives. */
export async function startBatchServer(
  declared: Pick<BatchDeclarations, 'jobQueues' | 'jobDefinitions'>,
  names: BatchNames,
  scheduler: Scheduler,
): Promise<BatchServer> {
  const routes = new Map<string, (body: unknown) => unknown>([
    ['/v1/submitjob', (body) => submit(SubmitJob.parse(body))],
    ['/v1/describejobs', (body) => describe(DescribeJobs.parse(body))],
    ['/v1/terminatejob', (body) => terminate(EndJob.parse(body))],
    ['/v1/canceljob', (body) => cancel(EndJob.parse(body))],
  ]);

  const submit = (request: z.infer<typeof SubmitJob>) => {
    const { jobName, parameters, containerOverrides } = request;
    const { id } = scheduler.submit({
      name: jobName,
      queue: pick(declared.jobQueues, names.jobQueues, request.jobQueue),
      definition: pick(declared.jobDefinitions, names.jobDefinitions, request.jobDefinition),
      parameters,
      environment: Object.fromEntries(containerOverrides.environment.map(({ name, value }) => [name, value])),
    });
    return { jobId: id, jobName, jobArn: batchArn(`job/${id}`) };
  };

  const describe = ({ jobs }: z.infer<typeof DescribeJobs>) => ({
    jobs: jobs.flatMap((id) => {
      const job = scheduler.find(id);
      return job === undefined ? [] : [describeJob(job)];
    }),
  });

  const known = (id: string) => {
    const job = scheduler.find(id);
    if (job === undefined) throw new ClientException(`Job ${id} does not exist.`);
    return job;
  };

  const terminate = ({ jobId, reason }: z.infer<typeof EndJob>) => {
    known(jobId);
    scheduler.terminate(jobId, reason);
    return {};
  };

  /** Only what has no container yet can be canceled. */
  const cancel = ({ jobId, reason }: z.infer<typeof EndJob>) => {
    const { state } = known(jobId);
    if (state !== 'STARTING' && state !== 'RUNNING') scheduler.terminate(jobId, reason);
    return {};
  };

  const web = await startWebServer(createFetch(routes), 0);
  return { endpoint: `http://127.0.0.1:${web.port}`, stop: web.stop };
}

function createFetch(routes: ReadonlyMap<string, (body: unknown) => unknown>): Fetch {
  return async (request) => {
    const url = new URL(request.url);
    const route = routes.get(url.pathname);
    if (route === undefined || request.method !== 'POST') return refuse(404, 'There is no such action.');
    // Jobs are processes: a page in a browser must not be able to start one.
    if (url.hostname !== '127.0.0.1' || request.headers.get('content-type') !== 'application/json') {
      return refuse(403, 'Only the AWS SDK may call.');
    }
    try {
      return Response.json(route(await request.json()));
    } catch (error) {
      if (error instanceof ClientException || error instanceof z.ZodError || error instanceof SyntaxError) {
        return refuse(400, error.message);
      }
      throw error;
    }
  };
}

function refuse(status: number, message: string): Response {
  return Response.json({ message }, { status, headers: { 'x-amzn-errortype': 'ClientException' } });
}

/** By name or ARN, as AWS takes both. */
function pick<T extends { readonly id: string; readonly name: string }>(
  declared: readonly T[],
  arns: ReadonlyMap<string, string>,
  wanted: string,
): T {
  const found = declared.find(({ id, name }) => wanted === name || wanted === arns.get(id));
  if (found === undefined) throw new ClientException(`${wanted} does not exist.`);
  return found;
}
