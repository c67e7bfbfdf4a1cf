import path from 'node:path';
import type { InvocationEnd } from '../host/environment.ts';
import type { Stack } from '../stack.ts';
import { formatPath } from './text.ts';

/** Tells when a function or a container did not end as it should; what it had in hand is tried again. */
export function reportTroubles(stack: Stack, tell: (line: string) => void): void {
  stack.host.events.on('ended', ({ functionName, end }) => {
    const what = inWords(end);
    if (what === undefined) return;
    const log = formatPath(path.join(stack.home.logs, `${functionName}.log`));
    tell(`${functionName} ${what}; see ${log}`);
  });
  stack.batch.events.on('ended', ({ attempt, end }) => {
    if (end.exitCode === 0) return;
    const log = formatPath(path.join(stack.home.logs, 'batch-worker.log'));
    const how = end.exitCode === null ? '' : ` with code ${end.exitCode}`;
    tell(`attempt ${attempt} of a container ended${how}: ${end.reason ?? end.statusReason}; see ${log}`);
  });
}

function inWords(end: InvocationEnd): string | undefined {
  switch (end.kind) {
    case 'returned':
      return hasFailures(end.value) ? 'could not handle a message, which comes again' : undefined;
    case 'threw':
      return `failed: ${end.error.message}`;
    case 'crashed':
      return `ended by itself (${end.signal ?? `exit code ${end.exitCode}`})`;
    case 'killed':
      if (end.reason === 'stopped') return undefined;
      return end.reason === 'timeout' ? 'was stopped at its time limit' : 'was stopped at its memory limit';
  }
}

function hasFailures(answer: unknown): boolean {
  if (typeof answer !== 'object' || answer === null || !('batchItemFailures' in answer)) return false;
  return Array.isArray(answer.batchItemFailures) && answer.batchItemFailures.length > 0;
}
