/**
 * Handles what came in one message, one after the other; a failure keeps none of the others from being handled.
 * @throws AggregateError at the end, so that the message comes again
 */
export async function forEvery<T>(items: readonly T[], handle: (item: T) => Promise<void>): Promise<void> {
  const errors: unknown[] = [];
  for (const item of items) await handle(item).catch((error: unknown) => errors.push(error));
  if (errors.length > 0) throw new AggregateError(errors, `${errors.length} of ${items.length} failed.`);
}
