/** Nobody holds the task: pending, or running under a lease that has run out. */
export const UNHELD = '(#state = :pending OR (#state = :running AND #lease.#expiresAt <= :now))';

/** The attempt that writes is still the one that holds the task. */
export const HELD = '#state = :running AND #lease.#worker = :worker AND #attempt = :attempt';

/**
 * Takes over what a lease that ran out has used; a pending task has none, and the lease of a container has no memory
 * that anything was billed for.
 */
export const ADD_SILENT_USAGE = [
  '#usage.#billedMs = #usage.#billedMs + if_not_exists(#lease.#billedMs, :zero)',
  '#usage.#memoryMb = if_not_exists(#lease.#memoryMb, #usage.#memoryMb)',
  '#usage.#vcpuSeconds = #usage.#vcpuSeconds + if_not_exists(#lease.#vcpuSeconds, :zero)',
].join(', ');

/** Values of the expressions above that are always the same. */
export const TASK_VALUES = { pending: 'pending', running: 'running', zero: 0 } as const;
