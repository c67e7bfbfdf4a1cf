import type { JobDocument } from '../../shared/core/document-schema.ts';
import { nextContainer, taskIs, wrapFfmpeg } from './containers.ts';
import { startTestStack, type TestStack } from './test-stack.ts';

type Options = NonNullable<Parameters<typeof startTestStack>[0]>;

/** Batch's words for a container that Spot took away, and for one that ended by itself. */
export const RECLAIMED = 'Your Spot Task was interrupted.';
export const EXITED = 'Essential container in task exited';

/** A stack in which every job runs in a container, with short leases. */
export function startContainerStack(options: Options = {}): Promise<TestStack> {
  return startTestStack({
    lane: 'batch',
    leaseSeconds: 1,
    ...options,
    environment: { X264_PRESET: 'ultrafast', ...options.environment },
  });
}

/** A stack whose containers take as long as the clip lasts; `folder` is made for the means to that. */
export async function startSlowContainers(folder: string, options: Options = {}): Promise<TestStack> {
  const { path: FFMPEG_PATH } = await wrapFfmpeg(folder, ['480p.mp4'], { every: true });
  return startContainerStack({ ...options, environment: { FFMPEG_PATH, ...options.environment } });
}

export const tasksOf = (job: JobDocument) =>
  job.tasks
    .filter(({ state }) => state !== 'skipped')
    .map(({ name, state, attempt }) => [name, state, attempt]);

export const containersOf = ({ stack }: TestStack) =>
  stack.batch
    .jobs()
    .map(({ queue, state, statusReason, attempts }) => [
      queue.id,
      state,
      statusReason,
      attempts.map(({ exitCode }) => exitCode),
    ]);

/** Uploads a clip and waits until a container has begun to make something of it. */
export async function underWay(
  test: TestStack,
  key: string,
  clip: string,
): Promise<{ readonly id: string; readonly group: number; readonly batchJobId: string }> {
  const started = nextContainer(test.stack);
  await test.putFile(key, clip);
  const { id } = await test.jobOf(key);
  const { pid, job } = await started;
  await hasProgress(test, id);
  return { id, group: pid, batchJobId: job.id };
}

/** Progress never falls, so that of a further attempt shows by who holds the task. */
export async function hasProgress({ stack }: TestStack, id: string, attempt = 1): Promise<void> {
  await taskIs(
    stack,
    id,
    '480p',
    (task) => task.state === 'running' && task.attempt >= attempt && task.progress > 0,
  );
}
