/** Before a task is tried again after attempt 1, 2, 3: 2, 4, 8 seconds, but never more than a quarter of the lease. */
export function backoffSeconds(attempt: number, leaseMs: number): number {
  return Math.min(2 ** attempt, leaseMs / 4000);
}
