import type { OpenWork } from '../../shared/core/ports.ts';

/** Whether an earlier stack left anything for the sweep. */
export async function hasOpenWork(work: OpenWork): Promise<boolean> {
  if ((await work.unrecordedUploads(Date.now())).length > 0) return true;
  let cursor: string | undefined;
  do {
    const page = await work.openJobs(cursor);
    if (page.jobIds.length > 0) return true;
    cursor = page.cursor ?? undefined;
  } while (cursor !== undefined);
  return false;
}
