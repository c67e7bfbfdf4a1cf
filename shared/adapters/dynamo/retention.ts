import { DELETE_AT } from './table.ts';

const DAY_SECONDS = 24 * 3600;

/**
 * Days for which uploads are told apart beyond the life of their jobs: an event may come again for 4 days from the
 * queue and 14 from its dead letters, and once more after an operator sent it back.
 */
const REDELIVERY_DAYS = 36;

/** When items may go: attributes to add to each, none when jobs are kept for ever. */
export interface Retention {
  /** Of all that a job consists of, from its creation in epoch milliseconds. */
  job(createdAt: number): Readonly<Record<string, number>>;
  /** Of what recognizes the upload of a job and the newest one of its key. */
  upload(claimedAt: number): Readonly<Record<string, number>>;
}

/** @param days For which a job is kept; 0: for ever. */
export function createRetention(days: number): Retention {
  const after = (from: number, wait: number): Record<string, number> =>
    days === 0 ? {} : { [DELETE_AT]: Math.ceil(from / 1000 + wait * DAY_SECONDS) };
  return {
    job: (createdAt) => after(createdAt, days),
    upload: (claimedAt) => after(claimedAt, days + REDELIVERY_DAYS),
  };
}

/** Whether an item only waits for its deletion, which the table gets round to within days. */
export function isForgotten(item: Readonly<Record<string, unknown>>, now: number): boolean {
  const at = item[DELETE_AT];
  return typeof at === 'number' && at * 1000 <= now;
}
