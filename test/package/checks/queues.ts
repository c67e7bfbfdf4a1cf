import { z } from 'zod';
import { property, type Resource, resourcesOf, type Template, targetOf } from './template.ts';

/** SQS's default, seconds. */
const DEFAULT_VISIBILITY = 30;

/** Queues whose messages come back while the function that got them may still be at work. */
export function checkVisibility(template: Template): string[] {
  return mappings(template).flatMap(([id, mapping]) => {
    const queue = template.Resources[targetOf(property(mapping, 'EventSourceArn')) ?? ''];
    const fn = template.Resources[targetOf(property(mapping, 'FunctionName')) ?? ''];
    const visibility = z.number().parse(property(queue, 'VisibilityTimeout') ?? DEFAULT_VISIBILITY);
    const timeout = z.number().parse(property(fn, 'Timeout'));
    return visibility >= timeout ? [] : [`${id}: visibility ${visibility} s, function ${timeout} s`];
  });
}

/** Event sources that would lose a good message with a bad one, or could start more functions than was said. */
export function checkMappings(template: Template): string[] {
  return mappings(template).flatMap(([id, mapping]) => {
    const limit = property(mapping, 'ScalingConfig.MaximumConcurrency');
    return [
      ...(property(mapping, 'BatchSize') === 1 ? [] : [`${id}: BatchSize is not 1`]),
      ...(JSON.stringify(property(mapping, 'FunctionResponseTypes')) === '["ReportBatchItemFailures"]'
        ? []
        : [`${id}: does not report batch item failures`]),
      ...(typeof limit === 'number' && limit >= 2 ? [] : [`${id}: MaximumConcurrency is not 2 or more`]),
    ];
  });
}

/** Ways by which an event can be lost without a trace: each must end in a dead-letter queue with an alarm. */
export function checkDeadLetters(template: Template): string[] {
  const missing: string[] = [];
  const deadLetters = new Set<string>();
  const need = (id: string, target: unknown): void => {
    const queue = targetOf(target);
    if (queue !== undefined && template.Resources[queue]?.Type === 'AWS::SQS::Queue') deadLetters.add(queue);
    else missing.push(`${id} has no dead-letter queue`);
  };
  const redriven = resourcesOf(template, 'AWS::SQS::Queue').filter(
    ([, queue]) => property(queue, 'RedrivePolicy') !== undefined,
  );
  for (const [id, queue] of redriven) need(id, property(queue, 'RedrivePolicy.deadLetterTargetArn'));
  for (const [id, subscription] of resourcesOf(template, 'AWS::SNS::Subscription')) {
    // A mail address has nothing to redrive to.
    if (property(subscription, 'Protocol') === 'email') continue;
    need(id, property(subscription, 'RedrivePolicy.deadLetterTargetArn'));
  }
  for (const [id, rule] of resourcesOf(template, 'AWS::Events::Rule')) {
    const targets = z.array(
      z.object({ Arn: z.unknown(), DeadLetterConfig: z.object({ Arn: z.unknown() }).optional() }),
    );
    for (const target of targets.parse(rule.Properties['Targets'])) {
      need(id, target.DeadLetterConfig?.Arn);
      const fn = targetOf(target.Arn) ?? '';
      const config = invokeConfig(template, fn);
      need(`${fn}, invoked asynchronously,`, property(config, 'DestinationConfig.OnFailure.Destination'));
    }
  }
  for (const [id, mapping] of mappings(template)) {
    const queue = targetOf(property(mapping, 'EventSourceArn')) ?? '';
    const isRedriven = redriven.some(([name]) => name === queue);
    if (!isRedriven && !deadLetters.has(queue)) missing.push(`${id}: ${queue} has no dead-letter queue`);
  }
  const watched = new Set(
    resourcesOf(template, 'AWS::CloudWatch::Alarm').flatMap(([, alarm]) => watchedQueues(alarm)),
  );
  const unwatched = [...deadLetters].filter((queue) => !watched.has(queue));
  return [...missing, ...unwatched.map((queue) => `${queue} has no alarm`)];
}

function mappings(template: Template): [string, Resource][] {
  return resourcesOf(template, 'AWS::Lambda::EventSourceMapping');
}

function invokeConfig(template: Template, fn: string): Resource | undefined {
  return resourcesOf(template, 'AWS::Lambda::EventInvokeConfig').find(
    ([, config]) => targetOf(property(config, 'FunctionName')) === fn,
  )?.[1];
}

function watchedQueues(alarm: Resource): string[] {
  if (property(alarm, 'MetricName') !== 'ApproximateNumberOfMessagesVisible') return [];
  if (!Array.isArray(property(alarm, 'AlarmActions'))) return [];
  const dimensions = z
    .array(z.object({ Name: z.string(), Value: z.unknown() }))
    .parse(property(alarm, 'Dimensions'));
  return dimensions.flatMap(({ Value }) => targetOf(Value) ?? []);
}
