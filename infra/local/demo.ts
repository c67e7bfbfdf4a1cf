import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { openObjectStore } from '../../shared/adapters/object-store.ts';
import type { JobDocument } from '../../shared/core/document-schema.ts';
import { copyOutputs } from './cli/copy-outputs.ts';
import {
  DEMO_USAGE,
  type DemoArguments,
  limitsOf,
  parseDemoArguments,
  UsageError,
} from './cli/demo-arguments.ts';
import { FILM_CREDIT, filmPath, labelsOf, lookAtFile, type UsableFile } from './cli/demo-files.ts';
import { quoteDemo } from './cli/demo-quotes.ts';
import { findJob, followJob } from './cli/follow-job.ts';
import { summarizeJob } from './cli/job-summary.ts';
import { createProgressDisplay, type ProgressDisplay } from './cli/progress-display.ts';
import { reportTroubles } from './cli/report-troubles.ts';
import { type Interruption, onInterrupt } from './cli/signals.ts';
import { formatPath, messageOf, painter } from './cli/text.ts';
import { HomeLockedError } from './lock.ts';
import { type Stack, startStack } from './stack.ts';
import { StartError } from './start-error.ts';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

async function main(): Promise<number> {
  const args = parseDemoArguments(process.argv.slice(2));
  if (args.help) {
    process.stdout.write(`${DEMO_USAGE}\n`);
    return 0;
  }
  if (args.dryRun) return quoteDemo(args);
  if (args.out !== undefined) await makeOutDirectory(args.out);
  const named = args.files.length === 0 ? [filmPath()] : args.files;
  const looked = await Promise.all(named.map(lookAtFile));
  for (const file of looked) if (file.kind === 'unusable') process.stderr.write(`${file.problem}\n`);
  const files = looked.filter((file) => file.kind === 'file');
  if (files.length === 0) {
    if (args.json) writeDocuments([]);
    return EXIT_FAILED;
  }
  const interruption = onInterrupt();
  const stack = await startDemoStack(args);
  try {
    const isAllWell = await runJobs(stack, args, files, interruption);
    return isAllWell && files.length === named.length ? 0 : EXIT_FAILED;
  } catch (error) {
    if (interruption.exitCode === undefined) throw error;
    process.stderr.write(
      `Stopped; what was under way in ${formatPath(stack.home.root)} goes on at the next start.\n`,
    );
    return interruption.exitCode;
  } finally {
    await stack.stop();
  }
}

async function makeOutDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
  } catch (error) {
    throw new UsageError(`--out cannot be ${directory}: ${messageOf(error)}.`, { cause: error });
  }
}

/** On the usual home; beside it when another stack is at work there. */
async function startDemoStack(args: DemoArguments): Promise<Stack> {
  const home = process.env['MILLRACE_HOME'] || '.millrace';
  const options = limitsOf(args);
  try {
    return await startStack({ home, ...options });
  } catch (error) {
    if (!(error instanceof HomeLockedError)) throw error;
    const own = path.join(home, `demo-${process.pid}`);
    process.stderr.write(`${error.message} This demo keeps its data in ${own}.\n`);
    return await startStack({ home: own, ...options });
  }
}

/** Answers whether every file was made and copied as asked. */
async function runJobs(
  stack: Stack,
  args: DemoArguments,
  files: readonly UsableFile[],
  interruption: Interruption,
): Promise<boolean> {
  const people = args.json ? process.stderr : process.stdout;
  const paint = painter(people, process.env);
  const display = createProgressDisplay(people, paint);
  reportTroubles(stack, display.note);
  const labels = labelsOf(files.map((file) => file.name));

  let results: readonly PromiseSettledResult<JobDocument>[];
  try {
    results = await Promise.allSettled(
      files.map((file, index) =>
        runJob(stack, file, labels[index] ?? file.name, display, interruption.signal),
      ),
    );
  } finally {
    display.stop();
  }
  interruption.signal.throwIfAborted();
  const jobs = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  for (const result of results) if (result.status === 'rejected') process.stderr.write(`${result.reason}\n`);

  const outputs = openObjectStore({ objectsUrl: stack.home.objectsUrl, bucket: outputsBucket(stack) });
  const place = (key: string): string => {
    const directory = args.out ?? stack.home.bucket(outputsBucket(stack));
    return formatPath(path.join(directory, key));
  };
  let isAllWell = jobs.length === files.length && jobs.every((job) => job.state === 'completed');
  for (const job of args.out === undefined ? [] : jobs) {
    try {
      await copyOutputs(outputs, job, args.out ?? '');
    } catch (error) {
      isAllWell = false;
      process.stderr.write(`Outputs of ${job.id} could not be copied: ${messageOf(error)}.\n`);
    }
  }
  results.forEach((result, index) => {
    if (result.status !== 'fulfilled') return;
    people.write(`\n${summarizeJob(labels[index] ?? '', result.value, place, paint).join('\n')}\n`);
  });
  if (args.files.length === 0) people.write(`\n${FILM_CREDIT}\n`);
  if (args.json) writeDocuments(jobs);
  return isAllWell;
}

function writeDocuments(jobs: readonly JobDocument[]): void {
  process.stdout.write(`${JSON.stringify(jobs, null, 2)}\n`);
}

async function runJob(
  stack: Stack,
  file: UsableFile,
  label: string,
  display: ProgressDisplay,
  signal: AbortSignal,
): Promise<JobDocument> {
  const key = `demo/${randomUUID()}/${file.name}`;
  await stack.uploads.acceptCopy(file.path, key);
  const jobId = await findJob(stack.store, key, signal);
  return followJob(stack.url, jobId, { signal, onChange: (job) => display.update(label, job) });
}

function outputsBucket(stack: Stack): string {
  const name = stack.buckets.get('OutputsBucket');
  if (name === undefined) throw new Error('The declarations have no bucket for outputs.');
  return name;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (error instanceof UsageError) {
    process.stderr.write(`${error.message}\n\n${DEMO_USAGE}\n`);
    process.exitCode = EXIT_USAGE;
  } else {
    const isExplained = error instanceof StartError;
    process.stderr.write(`${error instanceof Error && !isExplained ? error.stack : messageOf(error)}\n`);
    process.exitCode = EXIT_FAILED;
  }
}
