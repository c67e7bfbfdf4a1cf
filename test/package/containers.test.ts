import { expect, it } from 'vitest';
import { z } from 'zod';
import { WORKER_EXIT } from '../../shared/core/batch-run.ts';
import { readConfig } from '../../shared/edge/config.ts';
import {
  isRecord,
  property,
  type Resource,
  referenceText,
  resourcesOf,
  targetOf,
} from './checks/template.ts';
import { commandOf, environmentOf, jobDefinitions } from './containers.ts';
import { readTemplate } from './packaged.ts';

const template = await readTemplate();
const definitions = jobDefinitions(template);

/** https://docs.aws.amazon.com/batch/latest/userguide/fargate.html: MB by vCPUs, from, to and step. */
const FARGATE_MEMORY: Readonly<Record<string, readonly [number, number, number]>> = {
  '1': [2048, 8192, 1024],
  '2': [4096, 16384, 1024],
  '4': [8192, 30720, 1024],
  '8': [16384, 61440, 4096],
  '16': [32768, 122880, 8192],
};

function variablesOf(fn: Resource | undefined): Record<string, unknown> {
  return z.record(z.string(), z.unknown()).parse(property(fn, 'Environment.Variables'));
}

it('gives containers every setting that all functions have', () => {
  const functions = resourcesOf(template, 'AWS::Lambda::Function').map(([, fn]) => variablesOf(fn));
  const shared = Object.entries(functions[0] ?? {}).filter(
    ([name, value]) =>
      name !== 'LANE' && functions.every((variables) => Object.is(String(variables[name]), String(value))),
  );
  expect(shared.length).toBeGreaterThan(15);
  for (const [, definition] of definitions) {
    const environment = environmentOf(definition);
    expect(shared.map(([name]) => [name, environment[name]])).toEqual(
      shared.map(([name, value]) => [name, isRecord(value) ? value : String(value)]),
    );
  }
});

it('tells containers what they have', () => {
  for (const [id, definition] of definitions) {
    const environment = environmentOf(definition);
    const values = Object.entries(environment).map(([name, value]) => [name, referenceText(value)]);
    const config = readConfig(Object.fromEntries(values));
    const has = z
      .array(z.object({ Type: z.string(), Value: z.string() }))
      .parse(property(definition, 'ContainerProperties.ResourceRequirements'));
    expect(has).toEqual([
      { Type: 'VCPU', Value: String(config.batch.vcpus) },
      { Type: 'MEMORY', Value: String(config.batch.memoryMb) },
    ]);
    expect(property(definition, 'Timeout')).toEqual({ AttemptDurationSeconds: config.batch.timeoutSeconds });
    expect([id, config.lane, config.scratchDir]).toEqual([id, 'batch', '/tmp']);
    const [from = 0, to = 0, step = 1] = FARGATE_MEMORY[String(config.batch.vcpus)] ?? [];
    expect(config.batch.memoryMb).toBeGreaterThanOrEqual(from);
    expect(config.batch.memoryMb).toBeLessThanOrEqual(to);
    expect(config.batch.memoryMb % step).toBe(0);
  }
});

it('has a definition for each size of scratch space that is asked for', () => {
  const asked = Object.entries(variablesOf(template.Resources['SubmitBatchLambdaFunction']))
    .filter(([name]) => name.startsWith('BATCH_DEFINITION_'))
    .map(([name, value]) => [targetOf(value), Number(name.split('_').at(-1))]);
  expect(asked).toEqual(
    definitions.map(([id, definition]) => [
      id,
      property(definition, 'ContainerProperties.EphemeralStorage.SizeInGiB'),
    ]),
  );
  expect(asked.map(([, size]) => size)).toEqual([30, 100, 200]);
});

it('repeats attempts that may end better, and no others', () => {
  for (const [, definition] of definitions) {
    expect(property(definition, 'RetryStrategy')).toEqual({
      Attempts: 3,
      EvaluateOnExit: [
        { OnStatusReason: 'Your Spot Task was interrupted*', Action: 'EXIT' },
        { OnExitCode: '137', Action: 'RETRY' },
        { OnExitCode: String(WORKER_EXIT.retry), Action: 'RETRY' },
        { OnExitCode: String(WORKER_EXIT.terminated), Action: 'RETRY' },
        { OnReason: '*', Action: 'EXIT' },
      ],
    });
  }
});

it('runs a public image by digest, as a user without rights, with a command that nothing rewrites', () => {
  for (const [id, definition] of definitions) {
    const container = definition.Properties['ContainerProperties'];
    expect(container).toMatchObject({
      Image: expect.stringMatching(/^public\.ecr\.aws\/docker\/library\/node:.+@sha256:[0-9a-f]{64}$/),
      User: 'node',
      LinuxParameters: { InitProcessEnabled: true },
      RuntimePlatform: { OperatingSystemFamily: 'LINUX', CpuArchitecture: 'X86_64' },
    });
    expect(property(definition, 'ContainerProperties.Privileged')).toBeUndefined();
    // Batch replaces `Ref::name`, other container platforms `$(name)` and `$$`.
    expect(commandOf(definition).join(' ')).not.toMatch(/Ref::|\$\(|\$\$/);
    // The most that AWS Batch takes of a job definition.
    expect([id, JSON.stringify(definition.Properties).length < 24 * 1024]).toEqual([id, true]);
  }
});

it('keeps Spot and on demand apart, one environment per queue', () => {
  const queues = resourcesOf(template, 'AWS::Batch::JobQueue').map(([id, queue]) => {
    const order = z
      .array(z.object({ ComputeEnvironment: z.unknown() }))
      .parse(property(queue, 'ComputeEnvironmentOrder'));
    const types = order.map(({ ComputeEnvironment }) => {
      const environment = template.Resources[targetOf(ComputeEnvironment) ?? ''];
      // With a name, an environment that must be replaced could not be.
      expect(property(environment, 'ComputeEnvironmentName')).toBeUndefined();
      return property(environment, 'ComputeResources.Type');
    });
    return [id, types];
  });
  expect(queues).toEqual([
    ['BatchSpotQueue', ['FARGATE_SPOT']],
    ['BatchOnDemandQueue', ['FARGATE']],
  ]);
});

it('has a network that costs nothing when idle, lets nobody in, and gives way to one of the operator', () => {
  const network = Object.entries(template.Resources).filter(([, { Type }]) => Type.startsWith('AWS::EC2::'));
  expect([...new Set(network.map(([, { Type }]) => Type))].sort()).toEqual([
    'AWS::EC2::InternetGateway',
    'AWS::EC2::Route',
    'AWS::EC2::RouteTable',
    'AWS::EC2::SecurityGroup',
    'AWS::EC2::Subnet',
    'AWS::EC2::SubnetRouteTableAssociation',
    'AWS::EC2::VPC',
    'AWS::EC2::VPCEndpoint',
    'AWS::EC2::VPCGatewayAttachment',
  ]);
  expect(network.filter(([, { Condition }]) => Condition !== 'OwnNetwork')).toEqual([]);
  const endpoints = resourcesOf(template, 'AWS::EC2::VPCEndpoint').map(([, endpoint]) => [
    property(endpoint, 'VpcEndpointType'),
    property(endpoint, 'ServiceName.Fn::Sub'),
  ]);
  expect(endpoints).toEqual([
    ['Gateway', `com.amazonaws.\${AWS::Region}.s3`],
    ['Gateway', `com.amazonaws.\${AWS::Region}.dynamodb`],
  ]);
  expect(property(template.Resources['BatchSecurityGroup'], 'SecurityGroupIngress')).toBeUndefined();
  expect(resourcesOf(template, 'AWS::EC2::SecurityGroupIngress')).toEqual([]);
});

it('tells people of failed containers, but not of those that Spot took away', () => {
  const rule = template.Resources['BatchFailureRule'];
  expect(property(rule, 'EventPattern')).toEqual({
    source: ['aws.batch'],
    'detail-type': ['Batch Job State Change'],
    detail: {
      jobQueue: [{ Ref: 'BatchSpotQueue' }, { Ref: 'BatchOnDemandQueue' }],
      status: ['FAILED'],
      statusReason: [{ 'anything-but': { prefix: 'Your Spot Task was interrupted' } }],
    },
  });
  expect(property(rule, 'Targets')).toMatchObject([{ Arn: { Ref: 'AlarmsTopic' } }]);
  expect(template.Resources['AlarmsTopicPolicy']?.Properties['PolicyDocument']).toMatchObject({
    Statement: [
      { Principal: { Service: 'cloudwatch.amazonaws.com' } },
      {
        Principal: { Service: 'events.amazonaws.com' },
        Action: 'sns:Publish',
        Condition: {
          ArnEqualsIfExists: { 'aws:SourceArn': { 'Fn::GetAtt': ['BatchFailureRule', 'Arn'] } },
        },
      },
    ],
  });
  expect(template.Resources['BatchFailuresAlarm']?.Properties).toMatchObject({
    Namespace: 'AWS/Events',
    Dimensions: [{ Name: 'RuleName', Value: { Ref: 'BatchFailureRule' } }],
    AlarmActions: [{ Ref: 'AlarmsTopic' }],
  });
});

it('keeps what waiting containers were made for', () => {
  for (const [, definition] of definitions) {
    expect(property(definition, 'ResourceRetentionPolicy')).toEqual({ SkipDeregisterOnUpdate: true });
  }
  const bucket = template.Resources['ServerlessDeploymentBucket'];
  expect(property(bucket, 'LifecycleConfiguration')).toBeUndefined();
});
