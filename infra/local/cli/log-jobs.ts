import { isTerminalJob, type Job } from '../../../shared/core/job.ts';
import type { Stack } from '../stack.ts';

/** Several changes at once make one look. */
const LOOK_AFTER_MS = 200;
/** Newest jobs that are looked at. */
const JOBS = 50;

/**
 * Tells a line whenever the state of a job or of one of its tasks has changed. Looks only after a function has
 * worked, so that it costs nothing while nothing happens. Returns what ends it.
 */
export function logJobs({ host, batch, store }: Stack, tell: (line: string) => void): () => void {
  const since = new Date().toISOString();
  const told = new Map<string, string>();
  let timer: NodeJS.Timeout | undefined;

  const look = async (): Promise<void> => {
    const { jobs } = await store.list({ limit: JOBS });
    for (const job of jobs.toReversed()) {
      const { id, state, updatedAt } = job.header;
      const line = lineOf(job);
      const isOld = !told.has(id) && isTerminalJob(state) && updatedAt < since;
      if (isOld || told.get(id) === line) continue;
      told.set(id, line);
      tell(line);
    }
  };
  const lookSoon = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      look().catch((error: unknown) => tell(`The jobs cannot be read: ${error}`));
    }, LOOK_AFTER_MS);
  };
  lookSoon();
  host.events.on('started', lookSoon).on('ended', lookSoon);
  batch.events.on('started', lookSoon).on('ended', lookSoon);
  return () => {
    host.events.off('started', lookSoon).off('ended', lookSoon);
    batch.events.off('started', lookSoon).off('ended', lookSoon);
    clearTimeout(timer);
  };
}

function lineOf(job: Job): string {
  const { id, state, source, error } = job.header;
  const tasks = job.tasks.map((task) => `${task.name} ${task.state}`).join(', ');
  const details = [tasks, error === null ? '' : `${error.code}: ${error.detail}`];
  return `${id}  ${JSON.stringify(source.key)}  ${[state, ...details.filter((text) => text !== '')].join('; ')}`;
}
