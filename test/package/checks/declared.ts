import { z } from 'zod';
import { type DeclaredContainers, declaredContainers } from './declared-containers.ts';
import { property, type Resource, referenceText, resourcesOf, type Template, targetOf } from './template.ts';

/** What both stacks must have in common, read from a packaged template. */
export interface Declared extends DeclaredContainers {
  readonly functions: readonly {
    readonly name: string;
    readonly folder: string;
    readonly timeoutSeconds: number;
    readonly memoryMb: number;
    /** Values as text; references as `ref X` and `X.Attribute`. */
    readonly environment: Readonly<Record<string, string>>;
    readonly queues: readonly {
      readonly queue: string;
      readonly batchSize: number;
      readonly maximumConcurrency: number;
      readonly reportsFailures: boolean;
    }[];
    readonly everySeconds: number | null;
    readonly http: boolean;
  }[];
  readonly queues: readonly {
    readonly id: string;
    readonly visibilitySeconds: number;
    readonly redrive: { readonly deadLetters: string; readonly maxReceiveCount: number } | null;
  }[];
  readonly topics: readonly string[];
  readonly subscriptions: readonly {
    readonly topic: string;
    readonly queue: string;
    readonly rawDelivery: boolean;
    readonly filterPolicy: unknown;
  }[];
  readonly buckets: readonly { readonly id: string; readonly notifies: string | null }[];
}

export function declaredBy(template: Template): Declared {
  return {
    functions: resourcesOf(template, 'AWS::Lambda::Function').map(([id, fn]) => toFunction(template, id, fn)),
    queues: resourcesOf(template, 'AWS::SQS::Queue').map(([id, queue]) => ({
      id,
      visibilitySeconds: z.number().parse(property(queue, 'VisibilityTimeout') ?? 30),
      redrive: toRedrive(queue),
    })),
    topics: resourcesOf(template, 'AWS::SNS::Topic').map(([id]) => id),
    subscriptions: resourcesOf(template, 'AWS::SNS::Subscription')
      .filter(([, subscription]) => property(subscription, 'Protocol') === 'sqs')
      .map(([, subscription]) => ({
        topic: targetOf(property(subscription, 'TopicArn')) ?? '',
        queue: targetOf(property(subscription, 'Endpoint')) ?? '',
        rawDelivery: property(subscription, 'RawMessageDelivery') === true,
        filterPolicy: property(subscription, 'FilterPolicy') ?? null,
      })),
    buckets: resourcesOf(template, 'AWS::S3::Bucket')
      .filter(([id]) => id !== 'ServerlessDeploymentBucket')
      .map(([id, bucket]) => ({ id, notifies: toNotified(bucket) })),
    ...declaredContainers(template),
  };
}

function toFunction(template: Template, id: string, fn: Resource): Declared['functions'][number] {
  const variables = z.record(z.string(), z.unknown()).parse(property(fn, 'Environment.Variables'));
  return {
    name: z.string().parse(property(fn, 'FunctionName')).split('-').at(-1) ?? '',
    folder: z.string().parse(property(fn, 'Handler')).split('/')[1] ?? '',
    timeoutSeconds: z.number().parse(property(fn, 'Timeout')),
    memoryMb: z.number().parse(property(fn, 'MemorySize')),
    environment: Object.fromEntries(
      Object.entries(variables).map(([name, value]) => [name, referenceText(value)]),
    ),
    queues: resourcesOf(template, 'AWS::Lambda::EventSourceMapping')
      .filter(([, mapping]) => targetOf(property(mapping, 'FunctionName')) === id)
      .map(([, mapping]) => ({
        queue: targetOf(property(mapping, 'EventSourceArn')) ?? '',
        batchSize: z.number().parse(property(mapping, 'BatchSize')),
        maximumConcurrency: z.number().parse(property(mapping, 'ScalingConfig.MaximumConcurrency')),
        reportsFailures: property(mapping, 'FunctionResponseTypes') !== undefined,
      })),
    everySeconds: scheduleOf(template, id),
    http: resourcesOf(template, 'AWS::ApiGatewayV2::Integration').some(
      ([, integration]) => targetOf(property(integration, 'IntegrationUri')) === id,
    ),
  };
}

function toRedrive(queue: Resource): { deadLetters: string; maxReceiveCount: number } | null {
  const policy = property(queue, 'RedrivePolicy');
  if (policy === undefined) return null;
  return {
    deadLetters: targetOf(property(queue, 'RedrivePolicy.deadLetterTargetArn')) ?? '',
    maxReceiveCount: z.number().parse(property(queue, 'RedrivePolicy.maxReceiveCount')),
  };
}

function toNotified(bucket: Resource): string | null {
  const configurations = property(bucket, 'NotificationConfiguration.QueueConfigurations');
  if (configurations === undefined) return null;
  const [first] = z.array(z.object({ Queue: z.unknown() })).parse(configurations);
  return targetOf(first?.Queue) ?? null;
}

function scheduleOf(template: Template, id: string): number | null {
  const rule = resourcesOf(template, 'AWS::Events::Rule').find(([, { Properties }]) =>
    z
      .array(z.object({ Arn: z.unknown() }))
      .parse(Properties['Targets'])
      .some(({ Arn }) => targetOf(Arn) === id),
  );
  const [, minutes] =
    /^rate\((\d+) minutes?\)$/.exec(String(property(rule?.[1], 'ScheduleExpression'))) ?? [];
  return minutes === undefined ? null : Number(minutes) * 60;
}
