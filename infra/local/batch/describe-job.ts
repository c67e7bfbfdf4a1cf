import type { JobDetail } from '@aws-sdk/client-batch';
import type { BatchAttempt, BatchJob } from './job.ts';
import { batchArn } from './names.ts';

/** A job as DescribeJobs and the state-change events show it; JSON leaves out what is undefined, as AWS does. */
export function describeJob(job: BatchJob): JobDetail {
  const { definition, environment, attempts } = job;
  const last = attempts.at(-1);
  return {
    jobArn: batchArn(`job/${job.id}`),
    jobId: job.id,
    jobName: job.name,
    jobQueue: batchArn(`job-queue/${job.queue.name}`),
    jobDefinition: batchArn(`job-definition/${definition.name}:1`),
    status: job.state,
    statusReason: job.statusReason ?? undefined,
    createdAt: job.createdAt,
    startedAt: job.startedAt ?? undefined,
    stoppedAt: job.stoppedAt ?? undefined,
    attempts: attempts.map((attempt) => ({
      container: containerEnd(attempt),
      startedAt: attempt.startedAt,
      stoppedAt: attempt.stoppedAt,
      statusReason: attempt.statusReason ?? undefined,
    })),
    retryStrategy: { attempts: definition.retry.attempts, evaluateOnExit: [...definition.retry.rules] },
    timeout: { attemptDurationSeconds: definition.timeoutSeconds },
    parameters: { ...job.parameters },
    dependsOn: [],
    container: {
      ...(last !== undefined && containerEnd(last)),
      environment: Object.entries(environment).map(([name, value]) => ({ name, value })),
      resourceRequirements: [
        { type: 'VCPU', value: String(definition.vcpus) },
        { type: 'MEMORY', value: String(definition.memoryMb) },
      ],
    },
    platformCapabilities: ['FARGATE'],
  };
}

function containerEnd({ exitCode, reason }: BatchAttempt) {
  return { exitCode: exitCode ?? undefined, reason: reason ?? undefined };
}
