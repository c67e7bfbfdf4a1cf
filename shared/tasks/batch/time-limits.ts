/** The promise, or the signal's reason when it has not settled `graceMs` after the abort. */
export function withGrace<T>(work: Promise<T>, signal: AbortSignal, graceMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const wait = (): void => {
      timer = setTimeout(() => reject(signal.reason), graceMs);
    };
    const leave = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', wait);
    };
    if (signal.aborted) wait();
    else signal.addEventListener('abort', wait, { once: true });
    work.then(resolve, reject).finally(leave);
  });
}

/** The promise, or a rejection when it has not settled after `ms`. */
export function within<T>(work: Promise<T>, ms: number): Promise<T> {
  return withGrace(work, AbortSignal.abort(new Error(`Not done after ${ms} ms.`)), ms);
}
