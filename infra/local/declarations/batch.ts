import { z } from 'zod';
import type { EventPattern } from '../batch/event-pattern.ts';
import type { RetryStrategy } from '../batch/retry-rules.ts';
import { ArnOf, GetAtt, Ref, type Reference, RefOf } from './reference.ts';

export interface JobQueueDeclaration {
  readonly id: string;
  readonly name: string;
  /** The highest is served first. */
  readonly priority: number;
  /** Whether its containers may be taken away. */
  readonly isSpot: boolean;
}

export interface JobDefinitionDeclaration {
  readonly id: string;
  readonly name: string;
  readonly vcpus: number;
  readonly memoryMb: number;
  /** Of one attempt. */
  readonly timeoutSeconds: number;
  readonly retry: RetryStrategy;
  readonly environment: Readonly<Record<string, string | Reference>>;
}

/** A rule of EventBridge that tells queues. */
export interface EventRuleDeclaration {
  readonly id: string;
  readonly pattern: EventPattern<string | Reference>;
  /** Logical ids. */
  readonly queues: readonly string[];
}

export interface BatchDeclarations {
  readonly jobQueues: readonly JobQueueDeclaration[];
  readonly jobDefinitions: readonly JobDefinitionDeclaration[];
  readonly eventRules: readonly EventRuleDeclaration[];
}

/** Types of resources that {@link readBatch} reads. */
export const BATCH_TYPES: readonly string[] = [
  'AWS::Batch::ComputeEnvironment',
  'AWS::Batch::JobQueue',
  'AWS::Batch::JobDefinition',
  'AWS::Events::Rule',
];

const ComputeEnvironment = z.object({
  ComputeResources: z.object({ Type: z.enum(['FARGATE', 'FARGATE_SPOT']) }),
});

const JobQueue = z.strictObject({
  JobQueueName: z.string(),
  Priority: z.number().int(),
  State: z.literal('ENABLED').optional(),
  ComputeEnvironmentOrder: z.tuple([
    z.strictObject({
      Order: z.number(),
      ComputeEnvironment: z.union([RefOf, GetAtt.transform(({ resource }) => resource)]),
    }),
  ]),
  Tags: z.unknown().optional(),
});

const Whole = z.coerce.number().int().positive();
const Text = z.union([z.string(), z.number(), z.boolean()]).transform(String);

const JobDefinition = z.object({
  JobDefinitionName: z.string(),
  Type: z.literal('container'),
  Timeout: z.strictObject({ AttemptDurationSeconds: z.coerce.number().positive() }),
  RetryStrategy: z.strictObject({
    Attempts: Whole.max(10),
    EvaluateOnExit: z
      .array(
        z
          .strictObject({
            OnExitCode: Text.optional(),
            OnReason: z.string().optional(),
            OnStatusReason: z.string().optional(),
            Action: z.enum(['RETRY', 'EXIT']),
          })
          .transform((rule) => ({
            ...(rule.OnExitCode !== undefined && { onExitCode: rule.OnExitCode }),
            ...(rule.OnReason !== undefined && { onReason: rule.OnReason }),
            ...(rule.OnStatusReason !== undefined && { onStatusReason: rule.OnStatusReason }),
            action: rule.Action,
          })),
      )
      .max(5),
  }),
  ContainerProperties: z.object({
    ResourceRequirements: z.array(
      z.strictObject({ Type: z.enum(['VCPU', 'MEMORY']), Value: z.coerce.number() }),
    ),
    Environment: z
      .array(z.strictObject({ Name: z.string(), Value: z.union([Text, Ref, GetAtt]) }))
      .default([]),
  }),
});

const Pattern: z.ZodType<EventPattern<string | Reference>> = z.lazy(() =>
  z.union([z.array(z.union([z.string(), Ref, GetAtt])), z.record(z.string(), Pattern)]),
);

const EventTargets = z.object({
  // A topic tells people, of whom there are none here.
  Targets: z.array(z.object({ Arn: z.union([ArnOf, Ref.transform(() => null)]) })),
});
const EventRule = z.object({ EventPattern: Pattern });

/** Reads what AWS Batch and its events are made of; resources of other types are passed over. */
export function readBatch(
  resources: readonly { readonly id: string; readonly type: string; readonly properties: unknown }[],
): BatchDeclarations {
  const ofType = (type: string) => resources.filter((resource) => resource.type === type);
  const spot = new Map(
    ofType('AWS::Batch::ComputeEnvironment').map(({ id, properties }) => [
      id,
      ComputeEnvironment.parse(properties).ComputeResources.Type === 'FARGATE_SPOT',
    ]),
  );
  return {
    jobQueues: ofType('AWS::Batch::JobQueue').map(({ id, properties }) =>
      toJobQueue(id, JobQueue.parse(properties), spot),
    ),
    jobDefinitions: ofType('AWS::Batch::JobDefinition').map(({ id, properties }) =>
      toJobDefinition(id, JobDefinition.parse(properties)),
    ),
    eventRules: ofType('AWS::Events::Rule').flatMap(({ id, properties }) => toEventRules(id, properties)),
  };
}

function toJobQueue(
  id: string,
  queue: z.infer<typeof JobQueue>,
  spot: ReadonlyMap<string, boolean>,
): JobQueueDeclaration {
  const environment = queue.ComputeEnvironmentOrder[0].ComputeEnvironment;
  const isSpot = spot.get(environment);
  if (isSpot === undefined) throw new Error(`Job queue ${id} names ${environment}, which is not declared.`);
  return { id, name: queue.JobQueueName, priority: queue.Priority, isSpot };
}

function toJobDefinition(
  id: string,
  { JobDefinitionName, Timeout, RetryStrategy, ContainerProperties }: z.infer<typeof JobDefinition>,
): JobDefinitionDeclaration {
  const required = (type: 'VCPU' | 'MEMORY'): number => {
    const found = ContainerProperties.ResourceRequirements.find(({ Type }) => Type === type);
    if (found === undefined) throw new Error(`Job definition ${id} does not say its ${type}.`);
    return found.Value;
  };
  return {
    id,
    name: JobDefinitionName,
    vcpus: required('VCPU'),
    memoryMb: required('MEMORY'),
    timeoutSeconds: Timeout.AttemptDurationSeconds,
    retry: { attempts: RetryStrategy.Attempts, rules: RetryStrategy.EvaluateOnExit },
    environment: Object.fromEntries(ContainerProperties.Environment.map(({ Name, Value }) => [Name, Value])),
  };
}

/** None where nobody here is told. */
function toEventRules(id: string, properties: unknown): EventRuleDeclaration[] {
  const { Targets } = EventTargets.parse(properties);
  const queues = Targets.flatMap(({ Arn }) => (Arn === null ? [] : [Arn]));
  return queues.length === 0 ? [] : [{ id, pattern: EventRule.parse(properties).EventPattern, queues }];
}
