import type { OpenWork } from '../../shared/core/ports/job-store.ts';
import { openJobIds } from './open-job-ids.ts';

/** Whether an earlier stack left anything for the sweep. */
export async function hasOpenWork(work: OpenWork): Promise<boolean> {
  if ((await work.unrecordedUploads(Date.now())).length > 0) return true;
  for await (const _ of openJobIds(work)) return true;
  return false;
}
