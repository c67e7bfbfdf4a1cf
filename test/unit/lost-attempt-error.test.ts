import { expect, it } from 'vitest';
import type { Lease } from '../../shared/core/job.ts';
import { lostAttemptError, lostBy } from '../../shared/core/lost-attempt-error.ts';
import { NOW, task } from '../fixtures/jobs.ts';

const TIMES = { leaseMs: 120_000, silenceMs: 5_000 };

/** Last heard of at NOW. */
function lease(fields: Partial<Lease> = {}): Lease {
  return { worker: 'a', attempt: 4, expiresAt: NOW + 120_000, deadline: null, memory: null, ...fields };
}

it.each([
  ['silent right before its deadline', lease({ deadline: NOW + 900 }), 'limit.timeout'],
  ['silent after its deadline', lease({ deadline: NOW - 1 }), 'limit.timeout'],
  ['silent long before its deadline', lease({ deadline: NOW + 60_000 }), 'infrastructure'],
  ['silent at 85 % of its memory', lease({ memory: { usedMb: 850, limitMb: 1000 } }), 'limit.memory'],
  ['silent with memory to spare', lease({ memory: { usedMb: 840, limitMb: 1000 } }), 'infrastructure'],
  [
    'at its deadline with full memory',
    lease({ deadline: NOW + 900, memory: { usedMb: 990, limitMb: 1000 } }),
    'limit.timeout',
  ],
  ['without a lease', null, 'infrastructure'],
])('takes a worker %s for what it is', (_, held, code) => {
  const lost = task('480p', { state: 'running', attempt: 4, lease: held });
  expect(lostAttemptError(lost, TIMES)).toMatchObject({ code, retryable: code === 'infrastructure' });
  expect(lostBy(lost, TIMES)).toBe(code === 'infrastructure' ? 'unknown' : code.slice('limit.'.length));
});
