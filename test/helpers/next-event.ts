import type { EndedInvocation, HostEvents, Invocation } from '../../infra/local/host/pool.ts';

/** The next invocation that starts, from now, and fits. */
export function nextStarted(events: HostEvents, fits: (started: Invocation) => boolean): Promise<Invocation> {
  return next(
    (listen) => events.on('started', listen),
    (listen) => events.off('started', listen),
    fits,
  );
}

/** The next invocation that ends, from now, and fits. */
export function nextEnded(
  events: HostEvents,
  fits: (ended: EndedInvocation) => boolean,
): Promise<EndedInvocation> {
  return next(
    (listen) => events.on('ended', listen),
    (listen) => events.off('ended', listen),
    fits,
  );
}

function next<T>(
  on: (listen: (event: T) => void) => unknown,
  off: (listen: (event: T) => void) => unknown,
  fits: (event: T) => boolean,
): Promise<T> {
  return new Promise((resolve) => {
    const listen = (event: T): void => {
      if (!fits(event)) return;
      off(listen);
      resolve(event);
    };
    on(listen);
  });
}
