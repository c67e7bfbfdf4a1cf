import { shownTasks } from './chunks/shown-tasks.ts';
import { summarizeChunks } from './chunks/summarize-chunks.ts';
import { estimateCostUsd } from './cost.ts';
import type { JobDocument, OutputDocument, SourceDocument, TaskDocument } from './document-schema.ts';
import type { Warning } from './errors.ts';
import type { MediaFile } from './hls/media-file.ts';
import { isTerminalJob, type Job, type JobState, type Output, type Task } from './job.ts';
import { outputKey } from './keys.ts';
import { jobEtaSeconds, jobProgress } from './progress.ts';
import { toNumber } from './rational.ts';

/** Address of an output: job id and the path below it. */
export type FileUrl = (jobId: string, path: string) => string;

/** The public face of a job; depends on nothing but what is recorded. */
export function jobDocument(recorded: Job, fileUrl: FileUrl): JobDocument {
  const job = { ...recorded, tasks: shownTasks(recorded) };
  const { header, tasks, chunks } = job;
  return {
    id: header.id,
    state: header.state,
    createdAt: header.createdAt,
    updatedAt: latest([header, ...tasks, ...chunks].map((item) => item.updatedAt)) ?? header.updatedAt,
    version: jobVersion(job),
    source: sourceFacts(job),
    progress: jobProgress(job),
    etaSeconds: jobEtaSeconds(job),
    lane: header.lane,
    laneReason: laneReason(job),
    tasks: tasks.map(taskDocument),
    chunks: summarizeChunks(job),
    outputs: jobOutputs(job).map((output) => outputDocument(header.id, output, fileUrl)),
    warnings: jobWarnings(tasks),
    error: header.error,
    cost: { estimatedUsd: estimateCostUsd(recorded) },
  };
}

/** Sum of the revisions of header, tasks and chunks: differs whenever anything visible does. */
export function jobVersion({ header, tasks, chunks }: Job): number {
  return [...tasks, ...chunks].reduce((sum, task) => sum + task.revision, header.revision);
}

/** Committed files in task order, then the master playlist, the manifest last. */
export function jobOutputs({ header, tasks }: Job): readonly Output[] {
  const ends = [header.playlist, header.manifest].filter((output) => output !== null);
  return [...tasks.flatMap((task) => task.outputs), ...ends];
}

/**
 * Committed files that the playlists name. What chunks had made when they were given up is none of them, unless all had
 * succeeded: then renditions may have been joined from them before.
 */
export function jobMedia({ header, tasks, chunks }: Job): readonly MediaFile[] {
  const isNamed = header.lane === 'chunked' || chunks.every(({ state }) => state === 'succeeded');
  return [...tasks, ...(isNamed ? chunks : [])].flatMap(({ media }) => media);
}

/** Each different warning once, in task order. */
export function jobWarnings(tasks: readonly Task[]): Warning[] {
  const all = tasks.flatMap((task) => task.warnings);
  return all.filter(
    ({ code, detail }, index) =>
      all.findIndex((other) => other.code === code && other.detail === detail) === index,
  );
}

/**
 * The source with what its probe found; null where there is no probe yet or the container does not say. The length
 * that only the encode told is that of the longest rendition.
 */
export function sourceFacts({ header, tasks }: Job): SourceDocument {
  const { source, probe, plan } = header;
  const frameRate = probe?.video.frameRate ? toNumber(probe.video.frameRate) : Number.NaN;
  const durationSeconds = probe?.durationSeconds ?? plan?.durationSeconds ?? longestRendition(tasks);
  return {
    bucket: source.bucket,
    key: source.key,
    size: source.size,
    durationSeconds: durationSeconds === null ? null : toThousandths(durationSeconds),
    width: probe?.video.width ?? null,
    height: probe?.video.height ?? null,
    frameRate: Number.isFinite(frameRate) ? toThousandths(frameRate) : null,
    videoCodec: probe?.video.codec ?? null,
    audioCodec: probe?.audio?.codec ?? null,
  };
}

/** The latest of ISO 8601 times in UTC; undefined when there is none. */
export function latest(times: readonly (string | null)[]): string | undefined {
  return times
    .filter((time) => time !== null)
    .sort()
    .at(-1);
}

function longestRendition(tasks: readonly Task[]): number | null {
  const lengths = tasks
    .flatMap((task) => task.outputs)
    .flatMap(({ kind, durationSeconds }) =>
      kind === 'rendition' && durationSeconds !== null ? [durationSeconds] : [],
    );
  return lengths.length === 0 ? null : Math.max(...lengths);
}

/** The job's, then each different one of tasks that run elsewhere for reasons that it does not tell. */
function laneReason({ header, tasks }: Job): string {
  const own = tasks
    .flatMap((task) => task.laneReason ?? [])
    .filter((reason) => !header.laneReason.includes(reason));
  return [header.laneReason || laneReasonWithoutPlan(header.state), ...new Set(own)].join(' ');
}

function laneReasonWithoutPlan(state: JobState): string {
  return isTerminalJob(state)
    ? 'The job ended before there was anything to run.'
    : 'The lane is chosen once the source has been probed.';
}

function toThousandths(value: number): number {
  return Math.round(value * 1000) / 1000;
}

function taskDocument(task: Task): TaskDocument {
  const { billedMs, memoryMb, vcpuSeconds } = task.usage;
  return {
    name: task.name,
    state: task.state,
    progress: task.progress,
    attempt: task.attempt,
    lane: task.lane,
    startedAt: task.startedAt,
    finishedAt: task.finishedAt,
    error: task.error,
    skipReason: task.skipReason,
    billed: { ms: billedMs, memoryMb, vcpuSeconds },
  };
}

function outputDocument(jobId: string, output: Output, fileUrl: FileUrl): OutputDocument {
  const { path, ...facts } = output;
  return { ...facts, key: outputKey(jobId, path), url: fileUrl(jobId, path) };
}
