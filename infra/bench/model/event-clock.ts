/** Time of a simulation, in seconds. Actions of the same time run in the order in which they were set. */
export interface EventClock {
  now(): number;
  after(seconds: number, action: () => void): void;
  /** Runs until nothing is left to do. */
  run(): void;
}

interface Event {
  readonly at: number;
  readonly order: number;
  readonly action: () => void;
}

export function createEventClock(): EventClock {
  const heap: Event[] = [];
  let time = 0;
  let set = 0;
  return {
    now: () => time,
    after(seconds, action) {
      if (!(seconds >= 0)) throw new RangeError(`an event ${seconds} seconds from now`);
      push(heap, { at: time + seconds, order: set, action });
      set += 1;
    },
    run() {
      for (let event = pop(heap); event !== undefined; event = pop(heap)) {
        time = event.at;
        event.action();
      }
    },
  };
}

/** Does one thing after another; each says, when its turn comes, how long it takes. */
export function inSequence(clock: EventClock, steps: readonly (() => number)[], end: () => void): void {
  const [first, ...rest] = steps;
  if (first === undefined) end();
  else clock.after(first(), () => inSequence(clock, rest, end));
}

function isBefore(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

/** A binary heap, the earliest event at its root. */
function push(heap: Event[], event: Event): void {
  let index = heap.length;
  heap.push(event);
  while (index > 0) {
    const parent = (index - 1) >> 1;
    const above = heap[parent];
    if (above === undefined || !isBefore(event, above)) break;
    heap[index] = above;
    index = parent;
  }
  heap[index] = event;
}

function pop(heap: Event[]): Event | undefined {
  const [root] = heap;
  const last = heap.pop();
  if (root === undefined || last === undefined || heap.length === 0) return root;
  let index = 0;
  for (;;) {
    const [left, right] = [heap[2 * index + 1], heap[2 * index + 2]];
    if (left === undefined) break;
    const isRight = right !== undefined && isBefore(right, left);
    const least = isRight ? right : left;
    if (!isBefore(least, last)) break;
    heap[index] = least;
    index = 2 * index + (isRight ? 2 : 1);
  }
  heap[index] = last;
  return root;
}
