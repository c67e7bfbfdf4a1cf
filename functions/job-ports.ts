import { randomUUID } from 'node:crypto';
import { SNSClient } from '@aws-sdk/client-sns';
import { AWS_LIMITS } from '../shared/adapters/aws-limits.ts';
import { digestFile } from '../shared/adapters/digest-file.ts';
import { createJobStore } from '../shared/adapters/dynamo/job-store.ts';
import { createTableClient } from '../shared/adapters/dynamo/table-client.ts';
import { openObjectStore } from '../shared/adapters/object-store.ts';
import { createScratchSpace } from '../shared/adapters/scratch.ts';
import { createEventPublisher, createTaskPublisher } from '../shared/adapters/sns-publishers.ts';
import type { Config } from '../shared/edge/config.ts';
import { createLogger } from '../shared/edge/logger.ts';

/**
 * What every function that moves jobs works with; made once per environment.
 * @param name Of the function, for its log.
 */
export async function createJobPorts(config: Config, name: string) {
  const sns = new SNSClient({ requestHandler: AWS_LIMITS });
  const objectsUrl = config.objectsUrl ?? undefined;
  const scratch = await createScratchSpace(config.scratchDir);
  const jobs = createJobStore(createTableClient(), config.jobsTable, { keepDays: config.keepJobsDays });
  return {
    jobs,
    runs: jobs.batchRuns,
    sources: openObjectStore({ objectsUrl, bucket: config.uploadsBucket }),
    outputs: openObjectStore({ objectsUrl, bucket: config.outputsBucket }),
    tasks: createTaskPublisher(sns, config.tasksTopicArn),
    events: createEventPublisher(sns, config.eventsTopicArn),
    openScratch: scratch.open,
    /** Directory that lasts as long as the environment. */
    lastingScratch: scratch.lasting,
    digestFile,
    clock: Date.now,
    newId: randomUUID,
    log: createLogger(config.logLevel, { function: name }),
  };
}
