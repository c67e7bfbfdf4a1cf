import { BatchClient } from '@aws-sdk/client-batch';
import { AWS_LIMITS } from '../../shared/adapters/aws-limits.ts';
import { createBatchWatch } from '../../shared/adapters/batch-jobs.ts';
import { createQueueClient } from '../../shared/adapters/sqs-queue-client.ts';
import { createUploadNotifier } from '../../shared/adapters/sqs-upload-notifier.ts';
import { profileHash } from '../../shared/core/ladder.ts';
import { readConfig } from '../../shared/edge/config.ts';
import { sha256Hex } from '../../shared/edge/sha256-hex.ts';
import { type SweepResult, sweep } from '../../shared/tasks/sweep.ts';
import { batchSettings } from '../batch-settings.ts';
import { createJobPorts } from '../job-ports.ts';
import { lossTimes } from '../loss-times.ts';

const config = readConfig(process.env);
const ports = await createJobPorts(config, 'sweep');
const uploads = createUploadNotifier(createQueueClient(), config.uploadsQueueUrl, ports.clock);
const containers = createBatchWatch(new BatchClient({ requestHandler: AWS_LIMITS }));
const settings = {
  ...batchSettings(config),
  // Of functions: what becomes of a container at its time limit, Batch says.
  ...lossTimes(config),
  profileHash: profileHash(config.profile, sha256Hex),
  lane: config.lane,
  chunkWindow: config.chunks.window,
  afterMs: config.sweepAfterSeconds * 1000,
  startMs: config.batch.startSeconds * 1000,
  ...(config.keepJobsDays > 0 && { keepMs: config.keepJobsDays * 24 * 3_600_000 }),
};

/** Called by a schedule; what the schedule says is of no interest. */
export function handler(): Promise<SweepResult> {
  return sweep({ ...ports, work: ports.jobs, uploads, containers }, settings);
}
