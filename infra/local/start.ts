import { once } from 'node:events';
import path from 'node:path';
import { JOB_LANES } from '../../shared/edge/config.ts';
import { logJobs } from './cli/log-jobs.ts';
import { reportTroubles } from './cli/report-troubles.ts';
import { onInterrupt } from './cli/signals.ts';
import { formatPath } from './cli/text.ts';
import { type Stack, startStack } from './stack.ts';
import { StartError } from './start-error.ts';

const DEFAULT_PORT = 8080;

async function main(): Promise<void> {
  const port = portOf(process.env['PORT']);
  const interruption = onInterrupt();
  const lane = laneOf(process.env['JOB_LANE']);
  const stack = await startStack({ home: process.env['MILLRACE_HOME'] || '.millrace', port, lane });
  try {
    tell(welcome(stack));
    reportTroubles(stack, tell);
    const endLog = logJobs(stack, tell);
    if (!interruption.signal.aborted) await once(interruption.signal, 'abort');
    endLog();
    tell('Stopping; what is under way goes on at the next start.');
  } finally {
    await stack.stop();
  }
}

function portOf(text: string | undefined): number {
  if (text === undefined || text === '') return DEFAULT_PORT;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new StartError(`PORT must be a whole number from 0 to 65535, found "${text}".`);
}

function laneOf(text: string | undefined): (typeof JOB_LANES)[number] {
  if (text === undefined || text === '') return 'auto';
  const lane = JOB_LANES.find((name) => name === text);
  if (lane !== undefined) return lane;
  throw new StartError(`JOB_LANE must be one of ${JOB_LANES.join(', ')}, found "${text}".`);
}

function welcome(stack: Stack): string {
  const folder = (bucket: string): string => `${formatPath(stack.home.bucket(bucket))}${path.sep}`;
  return `Millrace is at ${stack.url}

Upload with curl, in two steps:
  FILE=video.mp4
  URL=$(curl -fsS ${stack.url}/v1/uploads -H 'content-type: application/json' \\
    -d "{\\"filename\\":\\"$(basename "$FILE")\\",\\"contentType\\":\\"video/mp4\\",\\"size\\":$(wc -c < "$FILE")}" \\
    | sed 's/.*"url":"\\([^"]*\\)".*/\\1/')
  curl -fsS -H 'content-type: video/mp4' -T "$FILE" "$URL"

Or copy files into ${folder('uploads')}
Jobs are at ${stack.url}/v1/jobs, outputs below ${folder('outputs')}
Ctrl-C stops.
`;
}

function tell(text: string): void {
  process.stdout.write(`${text}\n`);
}

function explain(error: unknown): string {
  if (error instanceof StartError) return error.message;
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    return `Port ${portOf(process.env['PORT'])} is in use; set PORT to another one.`;
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
}
