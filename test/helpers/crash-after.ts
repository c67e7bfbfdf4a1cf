/** Thrown in place of an effect by a port that {@link crashAfter} made: the process is dead from there on. */
export class Crash extends Error {
  override readonly name = 'Crash';
}

export interface CrashPoint {
  /** Effects that were let through. */
  readonly effects: () => number;
  readonly crashed: () => boolean;
}

/**
 * Wraps functions and objects of functions so that the first `count` calls go through and every later one throws,
 * as if the process had died between two effects. Wrap all ports with one point.
 */
export function crashAfter(count: number): CrashPoint & { wrap<T extends object>(port: T): T } {
  let effects = 0;
  let crashed = false;
  return {
    effects: () => effects,
    crashed: () => crashed,
    wrap<T extends object>(port: T): T {
      return new Proxy(port, {
        get(target, name, receiver) {
          const value: unknown = Reflect.get(target, name, receiver);
          if (typeof value !== 'function') return value;
          return (...args: unknown[]) => {
            if (effects >= count) {
              crashed = true;
              throw new Crash(`dead before effect ${effects + 1} (${String(name)})`);
            }
            effects += 1;
            return Reflect.apply(value, target, args);
          };
        },
      });
    },
  };
}
