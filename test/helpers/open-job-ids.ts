import type { OpenWork } from '../../shared/core/ports/job-store.ts';

/** Ids of all open jobs, over all pages. */
export async function openJobIds(work: Pick<OpenWork, 'openJobs'>): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | null | undefined;
  do {
    const page = await work.openJobs(cursor ?? undefined);
    ids.push(...page.jobIds);
    cursor = page.cursor;
  } while (cursor !== null);
  return ids;
}
