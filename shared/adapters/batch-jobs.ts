import {
  type BatchClient,
  DescribeJobsCommand,
  SubmitJobCommand,
  TerminateJobCommand,
} from '@aws-sdk/client-batch';
import { BatchJobDetail } from '../core/batch-event.ts';
import type { BatchQueue } from '../core/batch-run.ts';
import type { ContainerJobs } from '../core/ports/batch.ts';

/** Where containers are asked for. */
export interface BatchTargets {
  /** Job queues, by ARN or name. */
  readonly queues: Readonly<Record<BatchQueue, string>>;
  /** Job definitions, smallest scratch size first; at least one. */
  readonly definitions: readonly { readonly scratchGb: number; readonly definition: string }[];
}

/** Containers as jobs of AWS Batch. */
export function createBatchSubmitter(
  client: BatchClient,
  { queues, definitions }: BatchTargets,
): Pick<ContainerJobs, 'submit'> {
  return {
    async submit({ jobId, queue, scratchMb }) {
      const { jobId: batchJobId } = await client.send(
        new SubmitJobCommand({
          jobName: `millrace-${jobId}`,
          jobQueue: queues[queue],
          jobDefinition: definitionFor(definitions, scratchMb),
          // Comes back in the events, which do not always show the environment.
          parameters: { jobId },
          containerOverrides: { environment: [{ name: 'JOB_ID', value: jobId }] },
        }),
      );
      if (batchJobId === undefined) throw new Error(`AWS Batch took job ${jobId} and gave it no id.`);
      return batchJobId;
    },
  };
}

/** Looks after jobs of AWS Batch. */
export function createBatchWatch(client: BatchClient): Pick<ContainerJobs, 'describe' | 'terminate'> {
  return {
    async describe(batchJobId) {
      const { jobs = [] } = await client.send(new DescribeJobsCommand({ jobs: [batchJobId] }));
      return jobs[0] && BatchJobDetail.parse(jobs[0]).status;
    },

    async terminate(batchJobId, reason) {
      await client.send(new TerminateJobCommand({ jobId: batchJobId, reason }));
    },
  };
}

/** A need beyond the largest is tried there: it is an estimate, and the worker says so when it runs out of space. */
function definitionFor(definitions: BatchTargets['definitions'], scratchMb: number | null): string {
  const fitting = definitions.find(({ scratchGb }) => scratchMb !== null && scratchMb <= scratchGb * 1000);
  const { definition } = fitting ?? definitions.at(-1) ?? { definition: undefined };
  if (definition === undefined) throw new RangeError('No job definition is known.');
  return definition;
}
