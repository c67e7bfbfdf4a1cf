import type { Clock } from '../../core/ports/host.ts';

/** Who has used how much of a container. */
export interface ProcessorShares {
  begin(task: string): void;
  /** vCPU seconds so far; 0 for a task that has not begun or has ended. */
  used(task: string): number;
  end(task: string): void;
}

/**
 * Shares a container's processors equally among the tasks that are worked on at a time: whatever ends when, the
 * shares add up to what the container costs meanwhile.
 */
export function shareProcessors(vcpus: number, clock: Clock): ProcessorShares {
  const used = new Map<string, number>();
  let countedUntil = clock();

  function count(): void {
    const now = clock();
    const share = (Math.max(0, now - countedUntil) * vcpus) / 1000 / Math.max(1, used.size);
    for (const [task, sum] of used) used.set(task, sum + share);
    countedUntil = now;
  }

  return {
    begin(task) {
      count();
      used.set(task, 0);
    },
    used(task) {
      count();
      return used.get(task) ?? 0;
    },
    end(task) {
      count();
      used.delete(task);
    },
  };
}
