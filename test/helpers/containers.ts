import { once } from 'node:events';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { StartedAttempt } from '../../infra/local/batch/scheduler.ts';
import type { Stack } from '../../infra/local/stack.ts';
import { findMediaBinaries } from '../../shared/adapters/media-binaries.ts';
import { JobDocument, type TaskDocument } from '../../shared/core/document-schema.ts';
import { isTerminalJob } from '../../shared/core/job.ts';

/** Whatever starts from the call on. */
export function nextContainer({ batch }: Stack): Promise<StartedAttempt> {
  return once(batch.events, 'started').then(([started]) => started);
}

/** Waits until a task of a job is as wanted; fails when the job ends before. */
export async function taskIs(
  { url }: Stack,
  jobId: string,
  name: string,
  isWanted: (task: TaskDocument) => boolean,
): Promise<void> {
  let known: Record<string, string> = {};
  for (;;) {
    // The first answer comes at once, the others with a change.
    const wait = 'If-None-Match' in known ? 20 : 0;
    const response = await fetch(`${url}/v1/jobs/${jobId}?wait=${wait}`, { headers: known });
    if (response.status === 304) continue;
    known = { 'If-None-Match': response.headers.get('etag') ?? '' };
    const job = JobDocument.parse(await response.json());
    const task = job.tasks.find((each) => each.name === name);
    if (task !== undefined && isWanted(task)) return;
    if (isTerminalJob(job.state)) throw new Error(`The job ended and ${name} was never as wanted.`);
  }
}

/** A program in ffmpeg's place, with what it was asked for. */
export interface FfmpegWrapper {
  readonly path: string;
  /** One line per run: its arguments. */
  readonly log: string;
}

/**
 * Writes down every run of ffmpeg. The first run, or every one, that writes a file of a name in `slow` reads its input no
 * faster than it is played, so that it takes as long as that lasts, whatever the machine.
 */
export async function wrapFfmpeg(
  folder: string,
  slow: readonly string[] = [],
  { every = false }: { readonly every?: boolean } = {},
): Promise<FfmpegWrapper> {
  const { ffmpeg } = await findMediaBinaries({});
  await mkdir(folder, { recursive: true });
  const log = path.join(folder, 'runs');
  const wrapper = path.join(folder, 'ffmpeg');
  const slowDown = slow.map(
    (name) =>
      `case "$*" in */${name}*) ${every ? '' : `mkdir '${folder}/${name}' 2>/dev/null && `}exec '${ffmpeg}' -re "$@";; esac`,
  );
  const lines = ['#!/bin/sh', `printf '%s\\n' "$*" >> '${log}'`, ...slowDown, `exec '${ffmpeg}' "$@"`];
  await writeFile(wrapper, `${lines.join('\n')}\n`);
  await chmod(wrapper, 0o755);
  return { path: wrapper, log };
}
