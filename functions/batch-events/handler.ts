import { createMessageLeases } from '../../shared/adapters/sqs-message-leases.ts';
import { createQueueClient } from '../../shared/adapters/sqs-queue-client.ts';
import { BatchJobStateChange } from '../../shared/core/batch-event.ts';
import { readConfig } from '../../shared/edge/config.ts';
import { parseJson } from '../../shared/edge/parse-json.ts';
import { sqsHandler } from '../../shared/edge/sqs-handler.ts';
import { hearBatchEvent } from '../../shared/tasks/batch/hear-batch-event.ts';
import { batchSettings } from '../batch-settings.ts';
import { createJobPorts } from '../job-ports.ts';

const config = readConfig(process.env);
const ports = await createJobPorts(config, 'batch-events');
const settings = batchSettings(config);
const leaseOf = createMessageLeases(createQueueClient());

export const handler = sqsHandler(
  (body, at) => parseJson(BatchJobStateChange, body, at),
  (event, delivery) => hearBatchEvent({ ...ports, message: leaseOf(delivery) }, settings, event),
  ports.log,
);
