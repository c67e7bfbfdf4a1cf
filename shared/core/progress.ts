import { isTerminalJob, isTerminalTask, type Job, type Task } from './job.ts';

/**
 * Work of the thumbnails against all renditions together: keyframes of a source and of the lowest rendition
 * took 1.8 CPU seconds where the ladder took 92 (60 s of 1080p).
 */
const THUMBNAILS_SHARE = 0.02;

/** Ceiling until the manifest stands: the last step is not done while the job has not completed. */
const BEFORE_COMPLETED = 0.99;

/**
 * 0 to 1, floored to four decimals: the tasks' progress weighted by planned work, without the skipped ones.
 * Never falls, because weights are fixed by the plan and a task's progress never falls; 1 only when completed.
 */
export function jobProgress(job: Job): number {
  if (job.header.state === 'completed') return 1;
  const work = plannedWork(job);
  const counted = job.tasks.filter((task) => task.state !== 'skipped');
  const total = counted.reduce((sum, task) => sum + work(task), 0);
  if (total === 0) return 0;
  const done = counted.reduce((sum, task) => sum + work(task) * doneFraction(task), 0);
  return Math.min(BEFORE_COMPLETED, Math.floor((done / total) * 10_000) / 10_000);
}

/**
 * Whole seconds from the latest recorded change until the last task ends, at the pace recorded so far; null
 * when the job has ended or no task has shown a pace. A task that waits for others starts when they end; one
 * that has shown no pace of its own is taken at the mean pace of those that have.
 */
export function jobEtaSeconds(job: Job): number | null {
  if (isTerminalJob(job.header.state)) return null;
  const work = plannedWork(job);
  const paces = job.tasks.map((task) => pace(task, work)).filter((value) => value !== null);
  if (paces.length === 0) return null;
  const meanPace = paces.reduce((sum, value) => sum + value, 0) / paces.length;

  const own = new Map(
    job.tasks.map((task) => [
      task.name,
      isTerminalTask(task.state) ? 0 : (work(task) * (1 - task.progress)) / (pace(task, work) ?? meanPace),
    ]),
  );
  const ends = job.tasks.map((task) => {
    if (isTerminalTask(task.state)) return 0;
    const waits = task.state === 'pending' ? task.after.map((name) => own.get(name) ?? 0) : [];
    return Math.max(0, ...waits) + (own.get(task.name) ?? 0);
  });
  return Math.ceil(Math.max(0, ...ends));
}

/** Pixels per second of output, so that tasks of one job compare; follows CPU time within a few percent. */
function plannedWork(job: Job): (task: Task) => number {
  const renditions = job.header.plan?.renditions ?? [];
  const pixels = new Map(
    renditions.map((item) => [
      item.name,
      (item.width * item.height * item.frameRate.num) / item.frameRate.den,
    ]),
  );
  const sum = [...pixels.values()].reduce((total, value) => total + value, 0);
  return (task) => pixels.get(task.name) ?? sum * THUMBNAILS_SHARE;
}

/** Work per second since the first claim; null while the records show none. */
function pace(task: Task, work: (task: Task) => number): number | null {
  if (task.startedAt === null) return null;
  const seconds = (Date.parse(task.finishedAt ?? task.updatedAt) - Date.parse(task.startedAt)) / 1000;
  const done = work(task) * doneFraction(task);
  return seconds > 0 && done > 0 ? done / seconds : null;
}

function doneFraction(task: Task): number {
  return task.state === 'succeeded' ? 1 : task.progress;
}
