/** Work that goes on beside its caller, some of it at a time. */
export interface Slots {
  /** Begins it as soon as there is room; throws what has failed before it. */
  add(work: () => Promise<unknown>): Promise<void>;
  /** Ends when all has; throws the first failure. */
  settle(): Promise<void>;
  /** Ends when all has, well or badly. */
  idle(): Promise<void>;
}

export function createSlots(width: number): Slots {
  const running = new Set<Promise<void>>();
  const failures: unknown[] = [];
  const throwFailure = (): void => {
    if (failures.length > 0) throw failures[0];
  };
  return {
    async add(work) {
      while (running.size >= width) await Promise.race(running);
      throwFailure();
      const one: Promise<void> = work().then(
        () => void running.delete(one),
        (error: unknown) => {
          failures.push(error);
          running.delete(one);
        },
      );
      running.add(one);
    },
    async settle() {
      await Promise.all(running);
      throwFailure();
    },
    async idle() {
      await Promise.all(running);
    },
  };
}
