import { MillraceError } from '../core/errors.ts';
import type { Log } from '../core/ports/host.ts';
import type { JobIntake, OpenWork } from '../core/ports/job-store.ts';
import type { UploadNotifier } from '../core/ports/messaging.ts';
import { type DispatchPorts, type DispatchSettings, recordUpload } from './dispatch.ts';
import { type RejectPorts, rejectJob } from './reject-job.ts';

export interface SweepUploadPorts extends RejectPorts {
  readonly jobs: RejectPorts['jobs'] & JobIntake;
  readonly work: Pick<OpenWork, 'readUpload'>;
  readonly uploads: UploadNotifier;
  readonly newId: DispatchPorts['newId'];
  readonly log: Log;
}

/**
 * Why a job ends that was never planned: dispatch goes by today's settings, under which the same upload is another
 * job, so it never comes back to this one.
 */
export function settingsChanged(): MillraceError {
  return new MillraceError(
    'infrastructure',
    'The settings of the service changed before it had looked at the uploaded file, so the upload was handed in again.',
    { retryable: true, remedy: 'Look for the newer job of the same file.' },
  );
}

/** Gives an upload that was claimed and never recorded to dispatch again; false when it has been recorded. */
export async function sweepUpload(
  ports: SweepUploadPorts,
  settings: Pick<DispatchSettings, 'profileHash' | 'lane'>,
  name: string,
): Promise<boolean> {
  const upload = await ports.work.readUpload(name);
  if (upload === undefined) return false;
  await ports.uploads.notify(upload.notice);
  if (upload.profileHash === settings.profileHash) return true;
  const job = await recordUpload(ports, { ...settings, profileHash: upload.profileHash }, upload.notice);
  if (job?.header.step === 'recorded') await rejectJob(ports, job.header.id, settingsChanged());
  return true;
}
