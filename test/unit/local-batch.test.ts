import { describe, expect, test } from 'vitest';
import { type EventPattern, matchesPattern } from '../../infra/local/batch/event-pattern.ts';
import { type AttemptEnd, isRetried, type RetryRule } from '../../infra/local/batch/retry-rules.ts';
import { readResources } from '../../infra/local/declarations/resources.ts';

describe('rules of retry', () => {
  const rules: readonly RetryRule[] = [
    { onStatusReason: 'Your Spot Task was interrupted*', action: 'EXIT' },
    { onExitCode: '137', action: 'RETRY' },
    { onExitCode: '7*', onReason: 'Pass*', action: 'RETRY' },
    { onReason: '*', action: 'EXIT' },
  ];
  const end = (exitCode: number | null, reason: string | null, statusReason: string | null): AttemptEnd => ({
    exitCode,
    reason,
    statusReason,
  });
  const exited = 'Essential container in task exited';

  test.each([
    ['the first rule that fits decides', end(137, null, 'Your Spot Task was interrupted.'), false],
    ['an exit code', end(137, 'OutOfMemoryError: Container killed', exited), true],
    ['all patterns of a rule', end(75, 'Passing', exited), true],
    ['one pattern of two is not enough', end(75, 'Lasting', exited), false],
    ['an asterisk stands for nothing, too', end(1, null, exited), false],
    ['a container that never was', end(null, 'CannotPullContainerError', 'Task failed to start'), false],
  ])('%s', (_, ended, retried) => {
    expect(isRetried({ attempts: 3, rules }, 1, ended)).toBe(retried);
  });

  test('without a rule that fits there is another attempt, while there are any', () => {
    const strategy = { attempts: 3, rules: [{ onExitCode: '0', action: 'EXIT' }] } as const;
    expect([1, 2, 3].map((attempt) => isRetried(strategy, attempt, end(1, null, exited)))).toEqual([
      true,
      true,
      false,
    ]);
  });
});

describe('patterns of events', () => {
  const pattern: EventPattern = { source: ['aws.batch'], detail: { status: ['FAILED', 'SUCCEEDED'] } };

  test.each([
    [{ source: 'aws.batch', detail: { status: 'FAILED', more: 1 } }, true],
    [{ source: 'aws.batch', detail: { status: 'RUNNING' } }, false],
    [{ source: 'aws.ecs', detail: { status: 'FAILED' } }, false],
    [{ source: 'aws.batch', detail: {} }, false],
    [{ source: 'aws.batch' }, false],
    [null, false],
  ])('%j', (event, matches) => {
    expect(matchesPattern(pattern, event)).toBe(matches);
  });
});

describe('declarations of Batch', () => {
  const environment = {
    Type: 'AWS::Batch::ComputeEnvironment',
    Properties: { ComputeResources: { Type: 'FARGATE_SPOT' } },
  };
  const definition = {
    JobDefinitionName: 'small',
    Type: 'container',
    Timeout: { AttemptDurationSeconds: 60 },
    RetryStrategy: { Attempts: 2, EvaluateOnExit: [{ OnExitCode: '75', Action: 'RETRY' }] },
    ContainerProperties: {
      Image: 'node',
      ResourceRequirements: [
        { Type: 'VCPU', Value: '4' },
        { Type: 'MEMORY', Value: 8192 },
      ],
      Environment: [
        { Name: 'LANE', Value: 'batch' },
        { Name: 'JOBS_TABLE', Value: { Ref: 'JobsTable' } },
      ],
    },
  };
  const queue = {
    JobQueueName: 'spot',
    Priority: 1,
    ComputeEnvironmentOrder: [{ Order: 1, ComputeEnvironment: { Ref: 'Spot' } }],
  };
  const rule = {
    EventPattern: { source: ['aws.batch'], detail: { jobQueue: [{ Ref: 'Queue' }] } },
    Targets: [{ Id: 'a', Arn: { 'Fn::GetAtt': ['Events', 'Arn'] } }],
  };

  test('queues, definitions and rules', () => {
    const read = readResources({
      Spot: environment,
      Queue: { Type: 'AWS::Batch::JobQueue', Properties: queue },
      Small: { Type: 'AWS::Batch::JobDefinition', Properties: definition },
      Rule: { Type: 'AWS::Events::Rule', Properties: rule },
      ForPeople: {
        Type: 'AWS::Events::Rule',
        Properties: { ...rule, Targets: [{ Arn: { Ref: 'Alarms' } }] },
      },
      Network: { Type: 'AWS::EC2::VPC' },
    });
    expect(read).toEqual({
      queues: [],
      topics: [],
      subscriptions: [],
      buckets: [],
      tables: [],
      jobQueues: [{ id: 'Queue', name: 'spot', priority: 1, isSpot: true }],
      jobDefinitions: [
        {
          id: 'Small',
          name: 'small',
          vcpus: 4,
          memoryMb: 8192,
          timeoutSeconds: 60,
          retry: { attempts: 2, rules: [{ onExitCode: '75', action: 'RETRY' }] },
          environment: { LANE: 'batch', JOBS_TABLE: { kind: 'ref', resource: 'JobsTable' } },
        },
      ],
      eventRules: [
        {
          id: 'Rule',
          pattern: { source: ['aws.batch'], detail: { jobQueue: [{ kind: 'ref', resource: 'Queue' }] } },
          queues: ['Events'],
        },
      ],
    });
  });

  test.each([
    [
      'a queue whose environment is not declared',
      { Queue: { Type: 'AWS::Batch::JobQueue', Properties: queue } },
    ],
    [
      'a definition that does not say its memory',
      {
        Small: {
          Type: 'AWS::Batch::JobDefinition',
          Properties: {
            ...definition,
            ContainerProperties: { ResourceRequirements: [{ Type: 'VCPU', Value: '4' }] },
          },
        },
      },
    ],
  ])('%s is refused', (_, resources) => {
    expect(() => readResources(resources)).toThrow(/^Job (queue|definition) /);
  });
});
