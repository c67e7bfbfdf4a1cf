import { z } from 'zod';
import {
  isRecord,
  property,
  type Resource,
  referenceText,
  resourcesOf,
  type Template,
  targetOf,
} from './template.ts';

/** What both stacks must have in common of AWS Batch and its events. */
export interface DeclaredContainers {
  readonly jobQueues: readonly { readonly id: string; readonly priority: number; readonly isSpot: boolean }[];
  readonly jobDefinitions: readonly {
    readonly id: string;
    readonly vcpus: number;
    readonly memoryMb: number;
    readonly timeoutSeconds: number;
    readonly attempts: number;
    /** Rules of the retry strategy, keys as AWS Batch's API writes them. */
    readonly rules: readonly Readonly<Record<string, string | undefined>>[];
    readonly environment: Readonly<Record<string, string>>;
  }[];
  /** Rules that tell queues; references in patterns as text. */
  readonly eventRules: readonly {
    readonly id: string;
    readonly pattern: unknown;
    readonly queues: readonly string[];
  }[];
}

const Container = z.object({
  ResourceRequirements: z.array(z.object({ Type: z.string(), Value: z.coerce.number() })),
  Environment: z.array(z.object({ Name: z.string(), Value: z.unknown() })),
});
const Retry = z.object({
  Attempts: z.number(),
  EvaluateOnExit: z.array(z.record(z.string(), z.string())),
});

export function declaredContainers(template: Template): DeclaredContainers {
  return {
    jobQueues: resourcesOf(template, 'AWS::Batch::JobQueue').map(([id, queue]) => ({
      id,
      priority: z.number().parse(property(queue, 'Priority')),
      isSpot: property(environmentOf(template, queue), 'ComputeResources.Type') === 'FARGATE_SPOT',
    })),
    jobDefinitions: resourcesOf(template, 'AWS::Batch::JobDefinition').map(([id, definition]) =>
      toDefinition(id, definition),
    ),
    eventRules: resourcesOf(template, 'AWS::Events::Rule')
      .filter(([, rule]) => property(rule, 'EventPattern') !== undefined)
      .map(([id, rule]) => ({
        id,
        pattern: inWords(property(rule, 'EventPattern')),
        queues: queuesOf(template, rule),
      }))
      .filter(({ queues }) => queues.length > 0),
  };
}

function environmentOf(template: Template, queue: Resource): Resource | undefined {
  const [first] = z
    .array(z.object({ ComputeEnvironment: z.unknown() }))
    .parse(property(queue, 'ComputeEnvironmentOrder'));
  return template.Resources[targetOf(first?.ComputeEnvironment) ?? ''];
}

function toDefinition(id: string, definition: Resource): DeclaredContainers['jobDefinitions'][number] {
  const { ResourceRequirements, Environment } = Container.parse(property(definition, 'ContainerProperties'));
  const required = (type: string) => ResourceRequirements.find(({ Type }) => Type === type)?.Value ?? 0;
  const { Attempts, EvaluateOnExit } = Retry.parse(property(definition, 'RetryStrategy'));
  const lowerFirst = (key: string) => key.charAt(0).toLowerCase() + key.slice(1);
  return {
    id,
    vcpus: required('VCPU'),
    memoryMb: required('MEMORY'),
    timeoutSeconds: z.number().parse(property(definition, 'Timeout.AttemptDurationSeconds')),
    attempts: Attempts,
    rules: EvaluateOnExit.map((rule) =>
      Object.fromEntries(Object.entries(rule).map(([key, value]) => [lowerFirst(key), value])),
    ),
    environment: Object.fromEntries(
      Environment.filter(({ Name }) => !Name.startsWith('WORKER_ARCHIVE_')).map(({ Name, Value }) => [
        Name,
        referenceText(Value),
      ]),
    ),
  };
}

function queuesOf(template: Template, rule: Resource): string[] {
  return z
    .array(z.object({ Arn: z.unknown() }))
    .parse(property(rule, 'Targets'))
    .map(({ Arn }) => targetOf(Arn) ?? '')
    .filter((id) => template.Resources[id]?.Type === 'AWS::SQS::Queue');
}

/** A pattern's lists, with references as text. */
function inWords(pattern: unknown): unknown {
  if (Array.isArray(pattern)) return pattern.map(referenceText);
  if (!isRecord(pattern)) return pattern;
  return Object.fromEntries(Object.entries(pattern).map(([key, value]) => [key, inWords(value)]));
}
