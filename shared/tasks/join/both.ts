/** Does two things at once. When one fails, the other is aborted and awaited, and the failure is thrown. */
export async function both<A, B>(
  signal: AbortSignal,
  one: (signal: AbortSignal) => Promise<A>,
  other: (signal: AbortSignal) => Promise<B>,
): Promise<readonly [A, B]> {
  const failure = new AbortController();
  const either = AbortSignal.any([signal, failure.signal]);
  const guarded = async <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    try {
      return await work(either);
    } catch (error) {
      failure.abort(error);
      throw error;
    }
  };
  const works = [guarded(one), guarded(other)] as const;
  await Promise.allSettled(works);
  either.throwIfAborted();
  return Promise.all(works);
}
