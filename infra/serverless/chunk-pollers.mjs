/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html */
const INVOKES_PER_POLLER = 10;
const FEWEST_POLLERS = 2;

/**
 * Finishes what extends event sources by pollers of their own: leaves it out where none are asked for; else as many at
 * most as the function's concurrency, which stands in their place, keeps busy.
 * @param {{ extensions?: Record<string, { Properties?: any }> }} resources changed in place; settings may be texts
 * @throws Error for one poller, for a fraction, and for pollers that would start more functions than there may be
 */
export function finishPollers({ extensions = {} }) {
  for (const [id, { Properties }] of Object.entries(extensions)) {
    if (Properties?.ProvisionedPollerConfig === undefined) continue;
    const { MinimumPollers, MaximumPollers } = Properties.ProvisionedPollerConfig;
    const [pollers, concurrency] = [Number(MinimumPollers), Number(MaximumPollers)];
    if (pollers === 0) {
      delete extensions[id];
      continue;
    }
    if (!Number.isInteger(pollers) || pollers < FEWEST_POLLERS)
      throw new Error(`chunkPollers must be 0, or ${FEWEST_POLLERS} or more, found ${MinimumPollers}.`);
    if (pollers * INVOKES_PER_POLLER > concurrency)
      throw new Error(
        `chunkPollers=${pollers} needs a chunkConcurrency of ${pollers * INVOKES_PER_POLLER} or more, found ${MaximumPollers}.`,
      );
    Properties.ProvisionedPollerConfig = {
      MinimumPollers: pollers,
      MaximumPollers: Math.ceil(concurrency / INVOKES_PER_POLLER),
    };
  }
}
