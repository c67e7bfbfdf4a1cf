import { BatchClient } from '@aws-sdk/client-batch';
import { AWS_LIMITS } from '../../shared/adapters/aws-limits.ts';
import { createBatchSubmitter } from '../../shared/adapters/batch-jobs.ts';
import { createMessageLeases } from '../../shared/adapters/sqs-message-leases.ts';
import { createQueueClient } from '../../shared/adapters/sqs-queue-client.ts';
import { TaskMessage } from '../../shared/core/messages.ts';
import { readConfig } from '../../shared/edge/config.ts';
import { parseJson } from '../../shared/edge/parse-json.ts';
import { sqsHandler } from '../../shared/edge/sqs-handler.ts';
import { submitBatch } from '../../shared/tasks/batch/submit-batch.ts';
import { batchSettings } from '../batch-settings.ts';
import { createJobPorts } from '../job-ports.ts';

const config = readConfig(process.env);
const { spotQueue: spot, onDemandQueue: onDemand, definitions } = config.batch;
if (spot === null || onDemand === null || definitions.length === 0) {
  throw new Error('BATCH_SPOT_QUEUE, BATCH_ON_DEMAND_QUEUE or BATCH_DEFINITION_<GB> is not set.');
}
const ports = {
  ...(await createJobPorts(config, 'submit-batch')),
  containers: createBatchSubmitter(new BatchClient({ requestHandler: AWS_LIMITS }), {
    queues: { spot, onDemand },
    definitions,
  }),
};
const leaseOf = createMessageLeases(createQueueClient());
const settings = batchSettings(config);

export const handler = sqsHandler(
  (body, at) => parseJson(TaskMessage, body, at),
  (message, delivery) => submitBatch({ ...ports, message: leaseOf(delivery) }, settings, message),
  ports.log,
);
