import type { OpenWork } from '../../shared/core/ports/job-store.ts';

/** Every job that has not ended, or ended without its event sent; one page is asked for at a time. */
export async function* openJobIds(work: Pick<OpenWork, 'openJobs'>): AsyncGenerator<string> {
  let cursor: string | null | undefined;
  do {
    const page = await work.openJobs(cursor ?? undefined);
    yield* page.jobIds;
    cursor = page.cursor;
  } while (cursor !== null);
}
