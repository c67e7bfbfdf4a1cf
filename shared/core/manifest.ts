import { z } from 'zod';
import { jobMedia, jobOutputs, jobWarnings, latest, sourceFacts } from './document.ts';
import {
  JobErrorSchema,
  OutputDocument,
  SourceDocument,
  TaskDocument,
  WarningSchema,
} from './document-schema.ts';
import type { JobError } from './errors.ts';
import type { MediaFile } from './hls/media-file.ts';
import type { Job, Output, Task } from './job.ts';
import { outputKey } from './keys.ts';

/** Path of the manifest below `<jobId>/`. */
export const MANIFEST_PATH = 'manifest.json';

/** Content of `manifest.json`: every other output, and how the job ended. */
export const Manifest = z
  .object({
    /** Of this format; grows when a field changes its meaning. */
    formatVersion: z.literal(1),
    jobId: z.string(),
    state: z.enum(['completed', 'failed', 'canceled']),
    createdAt: z.string(),
    /** When the last task ended; null when none did. */
    finishedAt: z.string().nullable(),
    profileHash: z.string(),
    lane: TaskDocument.shape.lane,
    laneReason: z.string(),
    source: SourceDocument.extend({ etag: z.string(), versionId: z.string().nullable() }),
    tasks: z.array(TaskDocument.omit({ progress: true, billed: true })),
    /** `path` is relative to the manifest. */
    outputs: z.array(OutputDocument.omit({ url: true }).extend({ path: z.string() })),
    /** Files that the playlists among the outputs name. */
    media: z.array(
      OutputDocument.pick({ key: true, contentType: true, bytes: true, sha256: true }).extend({
        path: z.string(),
        codecs: z.string(),
      }),
    ),
    warnings: z.array(WarningSchema),
    error: JobErrorSchema.nullable(),
  })
  .meta({ id: 'Manifest' });
export type Manifest = z.infer<typeof Manifest>;

/**
 * The manifest of a job whose tasks have all ended, and whose header names the master playlist. Depends only on facts
 * that no longer change then, so two finalizers write the same bytes; `state` and `error` are what the job is about to
 * be closed with.
 */
export function buildManifest(job: Job, state: Manifest['state'], error: JobError | null): Manifest {
  const { header, tasks } = job;
  return {
    formatVersion: 1,
    jobId: header.id,
    state,
    createdAt: header.createdAt,
    finishedAt: latest(tasks.map((task) => task.finishedAt)) ?? null,
    profileHash: header.profileHash,
    lane: header.lane,
    laneReason: header.laneReason,
    source: { ...sourceFacts(job), etag: header.source.etag, versionId: header.source.versionId },
    tasks: tasks.map(taskEntry),
    outputs: jobOutputs({ ...job, header: { ...header, manifest: null } }).map((output) =>
      outputEntry(header.id, output),
    ),
    media: jobMedia(job).map((file) => mediaEntry(header.id, file)),
    warnings: jobWarnings(tasks),
    error,
  };
}

function taskEntry(task: Task): Manifest['tasks'][number] {
  const { name, state, attempt, lane, startedAt, finishedAt, error, skipReason } = task;
  return { name, state, attempt, lane, startedAt, finishedAt, error, skipReason };
}

function outputEntry(jobId: string, output: Output): Manifest['outputs'][number] {
  return { ...output, key: outputKey(jobId, output.path) };
}

function mediaEntry(jobId: string, file: MediaFile): Manifest['media'][number] {
  const { path, contentType, bytes, sha256, codecs } = file;
  return { path, key: outputKey(jobId, path), contentType, bytes, sha256, codecs };
}
