import { describe, expect, it } from 'vitest';
import { checkDeadLetters, checkMappings, checkVisibility } from './queues.ts';
import { Template } from './template.ts';

const arn = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });

/** A queue with its dead letters, their alarm, and the function behind it. */
const sound = {
  Q: {
    Type: 'AWS::SQS::Queue',
    Properties: {
      VisibilityTimeout: 60,
      RedrivePolicy: { deadLetterTargetArn: arn('D'), maxReceiveCount: 3 },
    },
  },
  D: { Type: 'AWS::SQS::Queue', Properties: {} },
  Alarm: {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      MetricName: 'ApproximateNumberOfMessagesVisible',
      AlarmActions: [{ Ref: 'Mail' }],
      Dimensions: [{ Name: 'QueueName', Value: { 'Fn::GetAtt': ['D', 'QueueName'] } }],
    },
  },
  F: { Type: 'AWS::Lambda::Function', Properties: { Timeout: 60 } },
  M: {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: {
      EventSourceArn: arn('Q'),
      FunctionName: arn('F'),
      BatchSize: 1,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 2 },
    },
  },
};

function withChange(changes: Record<string, unknown>): Template {
  return Template.parse({ Resources: { ...sound, ...changes } });
}

it('is content with a sound template', () => {
  const template = withChange({});
  expect([...checkVisibility(template), ...checkMappings(template), ...checkDeadLetters(template)]).toEqual(
    [],
  );
});

describe('checkVisibility', () => {
  it.each([
    ['shorter than the function', { VisibilityTimeout: 59 }, ['M: visibility 59 s, function 60 s']],
    ['left at 30 seconds', {}, ['M: visibility 30 s, function 60 s']],
  ])('finds a timeout %s', (_, properties, complaints) => {
    expect(checkVisibility(withChange({ Q: { Type: 'AWS::SQS::Queue', Properties: properties } }))).toEqual(
      complaints,
    );
  });
});

describe('checkMappings', () => {
  const pollers = (least: number, most: number) => ({ MinimumPollers: least, MaximumPollers: most });

  it.each([
    ['large batches', { BatchSize: 10 }, ['M: BatchSize is not 1']],
    ['batches that fail as one', { FunctionResponseTypes: [] }, ['M: does not report batch item failures']],
    ['no limit', { ScalingConfig: {} }, ['M: MaximumConcurrency is not 2 or more']],
    ['pollers of its own', { ScalingConfig: {}, ProvisionedPollerConfig: pollers(2, 2) }, []],
    [
      'both limits',
      { ProvisionedPollerConfig: pollers(2, 3) },
      ['M: has pollers of its own and MaximumConcurrency'],
    ],
    [
      'one poller',
      { ScalingConfig: {}, ProvisionedPollerConfig: pollers(1, 2) },
      ['M: pollers are not 2 to 200, up to as many or more'],
    ],
    [
      'fewer at most than at least',
      { ScalingConfig: {}, ProvisionedPollerConfig: pollers(3, 2) },
      ['M: pollers are not 2 to 200, up to as many or more'],
    ],
  ])('finds %s', (_, properties, complaints) => {
    const mapping = { ...sound.M, Properties: { ...sound.M.Properties, ...properties } };
    expect(checkMappings(withChange({ M: mapping }))).toEqual(complaints);
  });
});

describe('checkDeadLetters', () => {
  const rule = { Type: 'AWS::Events::Rule', Properties: { Targets: [{ Id: 'f', Arn: arn('F') }] } };
  const subscription = {
    Type: 'AWS::SNS::Subscription',
    Properties: { Protocol: 'sqs', Endpoint: arn('Q') },
  };

  it.each([
    [
      'a queue',
      { Q: { Type: 'AWS::SQS::Queue', Properties: { VisibilityTimeout: 60 } } },
      ['M: Q has no dead-letter queue'],
    ],
    ['a subscription', { S: subscription }, ['S has no dead-letter queue']],
    [
      'a rule and its asynchronous function',
      { R: rule },
      ['R has no dead-letter queue', 'F, invoked asynchronously, has no dead-letter queue'],
    ],
    [
      'a rule that tells a queue',
      { R: { Type: 'AWS::Events::Rule', Properties: { Targets: [{ Id: 'q', Arn: arn('Q') }] } } },
      ['R has no dead-letter queue'],
    ],
    ['an alarm', { Alarm: { Type: 'AWS::CloudWatch::Alarm', Properties: {} } }, ['D has no alarm']],
    [
      'anybody to alarm',
      { Alarm: { ...sound.Alarm, Properties: { ...sound.Alarm.Properties, AlarmActions: undefined } } },
      ['D has no alarm'],
    ],
    [
      'a count of the letters in hand',
      { N: { ...sound.M, Properties: { ...sound.M.Properties, EventSourceArn: arn('D') } } },
      ['D: the alarm does not count letters in hand'],
    ],
  ])('finds what is without: %s', (_, changes, complaints) => {
    expect(checkDeadLetters(withChange(changes))).toEqual(complaints);
  });

  it('is content with an alarm that counts those in hand, too', () => {
    const part = (MetricName: string) => ({
      Id: MetricName,
      MetricStat: { Metric: { ...sound.Alarm.Properties, MetricName } },
    });
    const Metrics = [
      { Id: 'sum', Expression: 'SUM(METRICS())' },
      part('ApproximateNumberOfMessagesVisible'),
      part('ApproximateNumberOfMessagesNotVisible'),
    ];
    const template = withChange({
      N: { ...sound.M, Properties: { ...sound.M.Properties, EventSourceArn: arn('D') } },
      Alarm: { ...sound.Alarm, Properties: { AlarmActions: [{ Ref: 'Mail' }], Metrics } },
    });
    expect(checkDeadLetters(template)).toEqual([]);
  });
});
