/**
 * Runs jobs in their order, at most `width` at a time. When one fails, those that run are aborted and awaited, no
 * other is begun, and the first failure is thrown.
 */
export async function runQueue(
  jobs: readonly ((signal: AbortSignal) => Promise<unknown>)[],
  width: number,
  signal: AbortSignal,
): Promise<void> {
  const failure = new AbortController();
  const either = AbortSignal.any([signal, failure.signal]);
  const queue = jobs.values();
  const work = async () => {
    for (const job of queue) {
      if (either.aborted) return;
      try {
        await job(either);
      } catch (error) {
        failure.abort(error);
      }
    }
  };
  await Promise.all(Array.from({ length: width }, work));
  either.throwIfAborted();
}
