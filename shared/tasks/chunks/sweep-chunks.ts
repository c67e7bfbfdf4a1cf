import { isTerminalTask, type Job } from '../../core/job.ts';
import { chunksUnheldSince } from '../../core/unheld-since.ts';
import { type SweepTaskPorts, type SweepTaskSettings, type SweptTask, sweepTask } from '../sweep-task.ts';
import { abandonChunks, finishAbandoned, isAbandoned, obstacleOf } from './abandon-chunks.ts';

export interface SweepChunksSettings extends SweepTaskSettings {
  /** Chunks of one job that are rung for at a time. */
  readonly chunkWindow: number;
  /** Like `silenceMs`, of chunks: they beat more seldom. */
  readonly chunkSilenceMs: number;
}

/**
 * Does for the chunks of a job what a lost message or a dead process has left undone: rings for those of the window
 * that nobody has taken, and has a container make the job when one of them has failed.
 * @returns what was done, once for each time; ends with the first chunk that fails, because no other counts then
 */
export async function sweepChunks(
  ports: SweepTaskPorts,
  settings: SweepChunksSettings,
  job: Job,
  now: number,
): Promise<readonly SweptTask[]> {
  const { header, tasks, chunks } = job;
  const isOld = (updatedAt: string): boolean => now - Date.parse(updatedAt) >= settings.afterMs;
  if (isAbandoned(job)) {
    const isHalfDone = tasks.some((task) => task.lane === 'chunked' && !isTerminalTask(task.state));
    if (!isHalfDone || !isOld(header.updatedAt)) return [];
    return (await finishAbandoned(ports, header.id)) ? ['rung'] : [];
  }
  const failed = chunks.find((chunk) => chunk.state === 'failed');
  if (failed !== undefined) {
    if (!isOld(failed.updatedAt)) return [];
    await abandonChunks(ports, header, obstacleOf(failed));
    return ['rung'];
  }
  const done: SweptTask[] = [];
  const own = { ...settings, silenceMs: settings.chunkSilenceMs };
  for (const { chunk, since } of chunksUnheldSince(job, settings.chunkWindow)) {
    done.push(await sweepTask(ports, own, job, chunk, since, now));
    if (done.at(-1) === 'failed') break;
  }
  return done;
}
