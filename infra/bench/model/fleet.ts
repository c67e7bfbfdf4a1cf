import type { EventClock } from './event-clock.ts';
import type { Numbers } from './numbers.ts';

/** How messages reach a function: by a queue's usual pollers, by pollers of its own that are kept ready, or by none. */
export type Invocation = 'queue' | 'async' | { readonly chunkPollers: number };

/** As rows tell it. */
export function invocationInWords(invocation: Invocation): string {
  return typeof invocation === 'string' ? invocation : `chunkPollers=${invocation.chunkPollers}`;
}

export interface FleetUsage {
  readonly invocations: number;
  /** Billed: cold starts included. */
  readonly seconds: number;
}

/** The environments of one function. */
export interface Fleet {
  /** Sends a message; the work begins when it has come and an environment may take it, and calls `end` when it is done. */
  invoke(work: (end: () => void) => void): void;
  usage(): FleetUsage;
}

export interface FleetSettings {
  readonly invocation: Invocation;
  /** At once. */
  readonly concurrency: number;
}

/** A function behind a queue with its pollers, or invoked asynchronously; its first run in each environment is cold. */
export function createFleet(clock: EventClock, numbers: Numbers, settings: FleetSettings): Fleet {
  const waiting: ((end: () => void) => void)[] = [];
  let firstMessage: number | null = null;
  let running = 0;
  let warm = 0;
  let environments = 0;
  let isLooking = false;
  const used = { invocations: 0, seconds: 0 };

  const sinceFirst = (): number => clock.now() - (firstMessage ?? clock.now());
  const allowed = (): number =>
    Math.min(settings.concurrency, Math.floor(invokesAt(settings.invocation, sinceFirst(), numbers) + 1e-9));
  const mayCreate = (): boolean =>
    environments < numbers.environmentBurst + numbers.environmentsPerSecond * sinceFirst();

  function begin(work: (end: () => void) => void): void {
    const isCold = warm === 0;
    if (isCold) environments += 1;
    else warm -= 1;
    running += 1;
    used.invocations += 1;
    const startedAt = clock.now();
    const end = (): void => {
      running -= 1;
      warm += 1;
      used.seconds += clock.now() - startedAt;
      look();
    };
    clock.after(isCold ? numbers.coldStartSeconds : 0, () => work(end));
  }

  function look(): void {
    while (waiting.length > 0 && running < allowed() && (warm > 0 || mayCreate())) {
      const work = waiting.shift();
      if (work !== undefined) begin(work);
    }
    if (waiting.length === 0 || isLooking || running >= settings.concurrency) return;
    // Pollers and environments come with time alone; an end looks by itself.
    isLooking = true;
    clock.after(LOOK_SECONDS, () => {
      isLooking = false;
      look();
    });
  }

  return {
    invoke(work) {
      const seconds = settings.invocation === 'async' ? numbers.asyncSeconds : numbers.messageSeconds;
      clock.after(seconds, () => {
        firstMessage ??= clock.now();
        waiting.push(work);
        look();
      });
    },
    usage: () => used,
  };
}

const LOOK_SECONDS = 0.05;

/** Concurrent invokes that an event source may have so many seconds after its first message. */
export function invokesAt(invocation: Invocation, seconds: number, numbers: Numbers): number {
  switch (invocation) {
    case 'queue':
      return Math.min(numbers.mostInvokes, numbers.firstInvokes + numbers.invokesPerSecond * seconds);
    case 'async':
      return Number.POSITIVE_INFINITY;
    default:
      return invocation.chunkPollers * numbers.invokesPerPoller + numbers.provisionedPerSecond * seconds;
  }
}
