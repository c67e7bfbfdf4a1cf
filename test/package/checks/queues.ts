import { z } from 'zod';
import { property, type Resource, resourcesOf, type Template, targetOf } from './template.ts';

const Metric = z.object({ MetricName: z.string(), Dimensions: z.array(z.object({ Value: z.unknown() })) });

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
    return [
      ...(property(mapping, 'BatchSize') === 1 ? [] : [`${id}: BatchSize is not 1`]),
      ...(JSON.stringify(property(mapping, 'FunctionResponseTypes')) === '["ReportBatchItemFailures"]'
        ? []
        : [`${id}: does not report batch item failures`]),
      ...checkLimit(id, mapping),
    ];
  });
}

const Pollers = z.strictObject({
  MinimumPollers: z.number().int().min(2).max(200),
  MaximumPollers: z.number().int().min(2),
});

/** By concurrency, or by pollers of its own: AWS takes one of both. */
function checkLimit(id: string, mapping: Resource): string[] {
  const limit = property(mapping, 'ScalingConfig.MaximumConcurrency');
  const config = property(mapping, 'ProvisionedPollerConfig');
  if (config === undefined) {
    return typeof limit === 'number' && limit >= 2 ? [] : [`${id}: MaximumConcurrency is not 2 or more`];
  }
  const { success, data } = Pollers.safeParse(config);
  return [
    ...(limit === undefined ? [] : [`${id}: has pollers of its own and MaximumConcurrency`]),
    ...(success && data.MinimumPollers <= data.MaximumPollers
      ? []
      : [`${id}: pollers are not 2 to 200, up to as many or more`]),
  ];
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
      if (template.Resources[fn]?.Type !== 'AWS::Lambda::Function') continue;
      const config = invokeConfig(template, fn);
      need(`${fn}, invoked asynchronously,`, property(config, 'DestinationConfig.OnFailure.Destination'));
    }
  }
  for (const [id, mapping] of mappings(template)) {
    const queue = targetOf(property(mapping, 'EventSourceArn')) ?? '';
    const isRedriven = redriven.some(([name]) => name === queue);
    if (!isRedriven && !deadLetters.has(queue)) missing.push(`${id}: ${queue} has no dead-letter queue`);
  }
  return [...missing, ...[...deadLetters].flatMap((queue) => checkAlarm(template, queue))];
}

/** Letters that a function takes and cannot handle are in its hands most of the time: an alarm must count those, too. */
function checkAlarm(template: Template, queue: string): string[] {
  const counted = resourcesOf(template, 'AWS::CloudWatch::Alarm')
    .map(([, alarm]) => countedIn(alarm, queue))
    .find((metrics) => metrics.includes('ApproximateNumberOfMessagesVisible'));
  if (counted === undefined) return [`${queue} has no alarm`];
  const isTaken = mappings(template).some(
    ([, mapping]) => targetOf(property(mapping, 'EventSourceArn')) === queue,
  );
  return isTaken && !counted.includes('ApproximateNumberOfMessagesNotVisible')
    ? [`${queue}: the alarm does not count letters in hand`]
    : [];
}

function mappings(template: Template): [string, Resource][] {
  return resourcesOf(template, 'AWS::Lambda::EventSourceMapping');
}

function invokeConfig(template: Template, fn: string): Resource | undefined {
  return resourcesOf(template, 'AWS::Lambda::EventInvokeConfig').find(
    ([, config]) => targetOf(property(config, 'FunctionName')) === fn,
  )?.[1];
}

/** Names of the queue's metrics that an alarm looks at, alone or in a sum, when it tells anybody. */
function countedIn(alarm: Resource, queue: string): string[] {
  if (!Array.isArray(property(alarm, 'AlarmActions'))) return [];
  const parts = z
    .array(z.object({ MetricStat: z.object({ Metric: z.unknown() }).optional() }))
    .parse(property(alarm, 'Metrics') ?? []);
  return [alarm.Properties, ...parts.map(({ MetricStat }) => MetricStat?.Metric)].flatMap((metric) => {
    const { success, data } = Metric.safeParse(metric);
    return success && data.Dimensions.some(({ Value }) => targetOf(Value) === queue) ? data.MetricName : [];
  });
}
