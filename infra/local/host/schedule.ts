import { randomUUID } from 'node:crypto';
import type { ScheduledEvent } from 'aws-lambda';

/** The event that an EventBridge rule sends on its schedule. */
export function scheduledEvent(functionName: string, now: Date): ScheduledEvent {
  return {
    id: randomUUID(),
    version: '0',
    account: '000000000000',
    time: now.toISOString(),
    region: 'us-east-1',
    resources: [`arn:aws:events:us-east-1:000000000000:rule/${functionName}`],
    source: 'aws.events',
    'detail-type': 'Scheduled Event',
    detail: {},
  };
}

/**
 * Calls `run` every `everyMs`, and once after each of `alsoAfterMs`; never two at a time, a call that falls into a
 * running one is left out. Returns what ends the schedule; a running call goes on.
 */
export function startSchedule(
  run: () => Promise<void>,
  everyMs: number,
  alsoAfterMs: readonly number[],
): () => void {
  let running = false;
  const tick = async (): Promise<void> => {
    if (running) return;
    running = true;
    await run().finally(() => {
      running = false;
    });
  };
  const timers = alsoAfterMs.map((delay) => setTimeout(tick, delay));
  const interval = setInterval(tick, everyMs);
  return () => {
    clearInterval(interval);
    for (const timer of timers) clearTimeout(timer);
  };
}
