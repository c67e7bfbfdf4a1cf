import { z } from 'zod';
import { BATCH_TYPES, type BatchDeclarations, readBatch } from './batch.ts';
import { ArnOf, RefOf } from './reference.ts';

export interface QueueDeclaration {
  readonly id: string;
  readonly name: string;
  readonly visibilitySeconds: number;
  readonly redrive: { readonly deadLetters: string; readonly maxReceiveCount: number } | null;
}

export interface TopicDeclaration {
  readonly id: string;
  readonly name: string;
}

export interface SubscriptionDeclaration {
  readonly id: string;
  /** Logical ids. */
  readonly topic: string;
  readonly queue: string;
  readonly rawDelivery: boolean;
  readonly filterPolicy: Readonly<Record<string, unknown>> | null;
}

export interface BucketDeclaration {
  readonly id: string;
  /** Logical id of the queue that is told of new objects; null when none is. */
  readonly notifies: string | null;
}

/** Key schema of a table as the template declares it. */
export type TableDeclaration = z.infer<typeof Table> & { readonly id: string };

export interface ResourceDeclarations extends BatchDeclarations {
  readonly queues: readonly QueueDeclaration[];
  readonly topics: readonly TopicDeclaration[];
  readonly subscriptions: readonly SubscriptionDeclaration[];
  readonly buckets: readonly BucketDeclaration[];
  readonly tables: readonly TableDeclaration[];
}

/** Resources that have no counterpart on one machine: permissions, networks, logs, alarms, what happens to lost invocations. */
const WITHOUT_COUNTERPART =
  /^AWS::(IAM|EC2|Logs|CloudWatch)::|^AWS::(S3::BucketPolicy|SQS::QueuePolicy|SNS::TopicPolicy|Lambda::EventInvokeConfig)$/;

const Queue = z.object({
  QueueName: z.string(),
  VisibilityTimeout: z.number().default(30),
  RedrivePolicy: z
    .strictObject({ deadLetterTargetArn: ArnOf, maxReceiveCount: z.number().int().positive() })
    .optional(),
});

const Topic = z.object({ TopicName: z.string() });

const Subscription = z.strictObject({
  TopicArn: RefOf,
  Protocol: z.literal('sqs'),
  Endpoint: ArnOf,
  RawMessageDelivery: z.boolean().default(false),
  FilterPolicyScope: z.literal('MessageAttributes').optional(),
  FilterPolicy: z.record(z.string(), z.unknown()).optional(),
  // Deliveries on one machine do not get lost.
  RedrivePolicy: z.unknown(),
});

const Bucket = z.object({
  NotificationConfiguration: z
    .strictObject({
      QueueConfigurations: z.tuple([
        z.strictObject({ Event: z.literal('s3:ObjectCreated:*'), Queue: ArnOf }),
      ]),
    })
    .optional(),
});

const KeySchema = z.array(z.strictObject({ AttributeName: z.string(), KeyType: z.enum(['HASH', 'RANGE']) }));
const Table = z.object({
  AttributeDefinitions: z.array(
    z.strictObject({ AttributeName: z.string(), AttributeType: z.enum(['S', 'N', 'B']) }),
  ),
  KeySchema,
  GlobalSecondaryIndexes: z.array(
    z.strictObject({
      IndexName: z.string(),
      KeySchema,
      Projection: z.strictObject({
        ProjectionType: z.enum(['ALL', 'KEYS_ONLY', 'INCLUDE']),
        NonKeyAttributes: z.array(z.string()).optional(),
      }),
    }),
  ),
});

const Resource = z.object({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).default({}) });

/**
 * Sorts a template's resources into what the embedded stack makes.
 * @throws Error for a type that it neither makes nor may leave out
 */
export function readResources(resources: Readonly<Record<string, unknown>>): ResourceDeclarations {
  const queues: QueueDeclaration[] = [];
  const topics: TopicDeclaration[] = [];
  const subscriptions: SubscriptionDeclaration[] = [];
  const buckets: BucketDeclaration[] = [];
  const tables: TableDeclaration[] = [];
  const batch: { id: string; type: string; properties: unknown }[] = [];
  for (const [id, raw] of Object.entries(resources)) {
    const { Type, Properties } = Resource.parse(raw);
    if (WITHOUT_COUNTERPART.test(Type)) continue;
    if (Type === 'AWS::SQS::Queue') queues.push(toQueue(id, Queue.parse(Properties)));
    else if (Type === 'AWS::SNS::Topic') topics.push({ id, name: Topic.parse(Properties).TopicName });
    else if (Type === 'AWS::SNS::Subscription')
      subscriptions.push(toSubscription(id, Subscription.parse(Properties)));
    else if (Type === 'AWS::S3::Bucket') buckets.push(toBucket(id, Bucket.parse(Properties)));
    else if (Type === 'AWS::DynamoDB::Table') tables.push({ id, ...Table.parse(Properties) });
    else if (BATCH_TYPES.includes(Type)) batch.push({ id, type: Type, properties: Properties });
    else throw new Error(`Resource ${id} is of type ${Type}, which the embedded stack does not know.`);
  }
  return { queues, topics, subscriptions, buckets, tables, ...readBatch(batch) };
}

function toQueue(id: string, queue: z.infer<typeof Queue>): QueueDeclaration {
  return {
    id,
    name: queue.QueueName,
    visibilitySeconds: queue.VisibilityTimeout,
    redrive:
      queue.RedrivePolicy === undefined
        ? null
        : {
            deadLetters: queue.RedrivePolicy.deadLetterTargetArn,
            maxReceiveCount: queue.RedrivePolicy.maxReceiveCount,
          },
  };
}

function toSubscription(id: string, subscription: z.infer<typeof Subscription>): SubscriptionDeclaration {
  return {
    id,
    topic: subscription.TopicArn,
    queue: subscription.Endpoint,
    rawDelivery: subscription.RawMessageDelivery,
    filterPolicy: subscription.FilterPolicy ?? null,
  };
}

function toBucket(id: string, bucket: z.infer<typeof Bucket>): BucketDeclaration {
  return { id, notifies: bucket.NotificationConfiguration?.QueueConfigurations[0].Queue ?? null };
}
