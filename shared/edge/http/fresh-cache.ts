import type { Clock } from '../../core/ports/host.ts';

/** Entries that are kept; a few kilobytes each. */
const MAX_ENTRIES = 1000;

/** What takes longer to read, as a thousand chunks do, is left alone for so many times the excess, at most {@link LONGEST_REST_MS}. */
const QUICK_MS = 50;
const REST_SHARE = 3;
const LONGEST_REST_MS = 2000;

/** What was read of jobs, at most once per while and id, however many ask. */
export interface FreshCache<T> {
  /** What is known of `id` when it is still fresh; answers at once. */
  fresh(id: string): T | undefined;
  /** What is fresh, and read no earlier than `since` (default 0); read if need be. Undefined: there is no such job. */
  get(id: string, since?: number): Promise<T | undefined>;
  /** When the kept entry of `id` was read. */
  readAt(id: string): number | undefined;
}

interface Entry<T> {
  readonly value: T;
  readonly readAt: number;
  readonly freshUntil: number;
}

/**
 * The least recently read are forgotten beyond {@link MAX_ENTRIES}; unknown ids are never kept.
 * @param load Reads a job; it is told what was known before, to keep it where nothing has changed.
 * @param ttlMs For how long an entry is fresh at least.
 */
export function createFreshCache<T>(
  load: (id: string, before: T | undefined) => Promise<T | undefined>,
  now: Clock,
  ttlMs: number,
): FreshCache<T> {
  const kept = new Map<string, Entry<T>>();
  const underWay = new Map<string, { readonly value: Promise<T | undefined>; readonly readAt: number }>();

  const freshSince = (id: string, since: number) => {
    const entry = kept.get(id);
    return entry !== undefined && entry.readAt >= since && now() < entry.freshUntil ? entry.value : undefined;
  };

  const read = async (id: string, readAt: number) => {
    const value = await load(id, kept.get(id)?.value);
    // A read that began later may have ended before.
    if ((kept.get(id)?.readAt ?? readAt) > readAt) return value;
    kept.delete(id);
    if (value === undefined) return undefined;
    const end = now();
    const rest = Math.min(LONGEST_REST_MS, Math.max(0, end - readAt - QUICK_MS) * REST_SHARE);
    kept.set(id, { value, readAt, freshUntil: Math.max(readAt + ttlMs, end + rest) });
    for (const oldest of kept.keys()) {
      if (kept.size <= MAX_ENTRIES) break;
      kept.delete(oldest);
    }
    return value;
  };

  return {
    fresh: (id) => freshSince(id, 0),
    readAt: (id) => kept.get(id)?.readAt,
    get: (id, since = 0) => {
      const held = freshSince(id, since);
      if (held !== undefined) return Promise.resolve(held);
      const joined = underWay.get(id);
      if (joined !== undefined && joined.readAt >= since) return joined.value;
      const readAt = now();
      const value = read(id, readAt).finally(() => {
        if (underWay.get(id)?.value === value) underWay.delete(id);
      });
      underWay.set(id, { value, readAt });
      return value;
    },
  };
}
