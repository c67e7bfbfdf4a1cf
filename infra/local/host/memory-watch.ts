import type { BusyEnvironment } from './pool.ts';
import type { MeasureGroups } from './process-groups.ts';

/** Four samples a second: an overrun lives at most a quarter of a second. */
export const SAMPLE_MS = 250;

/**
 * Kills environments that use more memory than their function has. Only working ones are looked at, so an idle
 * host costs nothing. Returns what ends the watch.
 */
export function watchMemory(
  busy: () => Iterable<readonly [number, BusyEnvironment]>,
  measure: MeasureGroups,
  onError: (error: unknown) => void,
): () => void {
  let sampling = false;
  const sample = async (): Promise<void> => {
    const groups = new Map(busy());
    if (groups.size === 0) return;
    for (const [group, usedMb] of await measure(new Set(groups.keys()))) {
      const environment = groups.get(group);
      environment?.note(usedMb);
      if (environment !== undefined && usedMb > environment.limitMb) await environment.kill();
    }
  };
  const timer = setInterval(() => {
    if (sampling) return;
    sampling = true;
    sample()
      .catch(onError)
      .finally(() => {
        sampling = false;
      });
  }, SAMPLE_MS);
  return () => clearInterval(timer);
}
