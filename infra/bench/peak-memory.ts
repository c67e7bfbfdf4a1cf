import { createGroupMeter } from '../local/host/process-groups.ts';

const SAMPLE_MS = 100;

export interface PeakWatch {
  /** Ends the watch: the highest sum of resident memory, MB. */
  end(): Promise<number>;
}

/** Samples the resident memory of process groups; pages that several processes map count each time. */
export function watchPeak(groups: () => Iterable<number>): PeakWatch {
  const measure = createGroupMeter();
  let highest = 0;
  let going = true;
  const loop = (async () => {
    while (going) {
      const each = await measure(new Set(groups()));
      highest = Math.max(
        highest,
        [...each.values()].reduce((sum, mb) => sum + mb, 0),
      );
      await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
    }
    return highest;
  })();
  return {
    end: () => {
      going = false;
      return loop;
    },
  };
}
