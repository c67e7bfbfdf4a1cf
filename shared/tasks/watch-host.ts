import { setTimeout as delay } from 'node:timers/promises';
import type { Clock, FreeSpace, Log } from '../core/ports/host.ts';
import type { Make } from '../core/ports/work.ts';
import { decideHandOver, lastMoment } from '../core/route/decide-hand-over.ts';
import { handOverWords, spaceWords } from '../core/route/hand-over-words.ts';
import { type HostTime, type Pace, paceAfter } from '../core/route/project-end.ts';
import { HandOver } from './hand-over.ts';

export interface WatchHostPorts {
  readonly freeSpace: FreeSpace;
  readonly clock: Clock;
  readonly log: Log;
}

export interface WatchedHost {
  readonly task: string;
  /** Null when the host does not stop its workers. */
  readonly time: HostTime | null;
  /** Milliseconds between two looks; progress is one, too. */
  readonly lookMs: number;
}

/** MB that may be written between two looks, and what a task needs at its end. */
const SPACE_RESERVE_MB = 100;

/**
 * Makes with an eye on the host: stops the maker with {@link HandOver} before time or scratch space run out. What is
 * made when that happens is as good as if nobody had looked.
 */
export function watchHost(ports: WatchHostPorts, host: WatchedHost, make: Make): Make {
  return async (context) => {
    const { jobId, plan, signal } = context;
    const { task, time } = host;
    const given = new AbortController();
    const stopped = new AbortController();
    const isRendition = plan.renditions.some(({ name }) => name === task);
    const durationSeconds = isRendition ? plan.durationSeconds : null;
    let pace: Pace | null = null;
    let lateSince: number | null = null;

    function lookAtTime(now: number): void {
      if (time === null || given.signal.aborted) return;
      const decision = decideHandOver(pace, time, lateSince, now);
      if (decision.kind === 'goOn') lateSince = decision.lateSince;
      else given.abort(new HandOver(handOverWords(task, decision, pace, time, durationSeconds, now)));
    }

    async function lookAtSpace(): Promise<void> {
      try {
        const freeMb = await ports.freeSpace();
        if (freeMb < SPACE_RESERVE_MB) given.abort(new HandOver(spaceWords(task, freeMb)));
      } catch (error) {
        // The work may well end before the space does.
        ports.log.warn({ err: error, jobId, task }, 'scratch space could not be measured');
      }
    }

    async function keepLooking(): Promise<void> {
      while (!given.signal.aborted) {
        const untilLast = time === null ? Number.POSITIVE_INFINITY : lastMoment(pace, time) - ports.clock();
        const pauseMs = Math.max(1, Math.min(host.lookMs, untilLast));
        await delay(pauseMs, undefined, { signal: stopped.signal });
        lookAtTime(ports.clock());
        await lookAtSpace();
      }
    }

    lookAtTime(ports.clock());
    await lookAtSpace();
    given.signal.throwIfAborted();
    const looking = keepLooking().catch((error: unknown) => {
      if (!stopped.signal.aborted) throw error;
    });
    try {
      return await make({
        ...context,
        signal: AbortSignal.any([signal, given.signal]),
        onProgress(fraction) {
          context.onProgress(fraction);
          const now = ports.clock();
          if (time !== null) pace = paceAfter(pace, fraction, time, now);
          lookAtTime(now);
        },
      });
    } finally {
      stopped.abort();
      await looking;
    }
  };
}
