const WHOLE = 'a container makes the video in one piece instead.';

/** Why a job leaves the lane `chunked`, for the status. @param detail of the error that ended one of its tasks */
export function abandonWords(task: string, detail: string): string {
  // What says already that a container follows, says why.
  const why = detail.replace(/; a container makes it instead\.$/, '').replace(/\.$/, '');
  const named = why.includes(task) ? why : `${why} (${task})`;
  return `${named}; ${WHOLE}`;
}
