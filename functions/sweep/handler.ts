import { createQueueClient } from '../../shared/adapters/sqs-queue-client.ts';
import { createUploadNotifier } from '../../shared/adapters/sqs-upload-notifier.ts';
import { profileHash } from '../../shared/core/ladder.ts';
import { readConfig } from '../../shared/edge/config.ts';
import { sha256Hex } from '../../shared/edge/sha256-hex.ts';
import { silenceBeforeEnd } from '../../shared/tasks/run-task.ts';
import { type SweepResult, sweep } from '../../shared/tasks/sweep.ts';
import { createJobPorts } from '../job-ports.ts';

const config = readConfig(process.env);
const ports = await createJobPorts(config, 'sweep');
const uploads = createUploadNotifier(createQueueClient(), config.uploadsQueueUrl, ports.clock);
const settings = {
  profileHash: profileHash(config.profile, sha256Hex),
  lane: config.lane,
  afterMs: config.sweepAfterSeconds * 1000,
  leaseMs: config.leaseSeconds * 1000,
  silenceMs: silenceBeforeEnd(config.heartbeatSeconds * 1000),
  ...(config.keepJobsDays > 0 && { keepMs: config.keepJobsDays * 24 * 3_600_000 }),
};

/** Called by a schedule; what the schedule says is of no interest. */
export function handler(): Promise<SweepResult> {
  return sweep({ ...ports, work: ports.jobs, uploads }, settings);
}
