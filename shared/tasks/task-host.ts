import type { Lane } from '../core/job.ts';

/** The place where a task runs. */
export interface TaskHost {
  /** Unique for every delivery, so that no two claims share a name. */
  readonly worker: string;
  readonly lane: Lane;
  /** What this consumer makes; a message for anything else is not its own. One that ends in `-` stands for all that begin so. */
  readonly taskNames: readonly string[];
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  /** MB at which the host stops the worker. */
  readonly memoryMb: number;
  /** Epoch milliseconds at which the host stops the worker; null when it does not. */
  readonly deadline: number | null;
  /** How long before the deadline a task must be in other hands; null where no container takes it over. */
  readonly handOver: { readonly reserveMs: number } | null;
}

export function isMadeBy({ taskNames }: TaskHost, task: string): boolean {
  return taskNames.some((name) => (name.endsWith('-') ? task.startsWith(name) : task === name));
}

/** How late the host may notice a silent worker's deadline, beside its heartbeats. */
const KILL_DELAY_MS = 2_000;

/** Time before a host's end from which its workers may already be silent. */
export function silenceBeforeEnd(heartbeatMs: number): number {
  return 3 * heartbeatMs + KILL_DELAY_MS;
}

/** By which it is told why a worker of this host fell silent. */
export function lossTimesOf({ leaseMs, heartbeatMs }: TaskHost): { leaseMs: number; silenceMs: number } {
  return { leaseMs, silenceMs: silenceBeforeEnd(heartbeatMs) };
}
