import { loadAwsServiceSpec } from '@aws-cdk/aws-service-spec';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { DELETE_AT, tableDefinition } from '../../shared/adapters/dynamo/table.ts';
import { findCycle } from './checks/cycles.ts';
import {
  checkEveryPolicy,
  checkMissingObjects,
  checkPolicyTargets,
  checkResourcePolicies,
  checkRoles,
  checkWildcards,
} from './checks/policies.ts';
import { checkDeadLetters, checkMappings, checkVisibility } from './checks/queues.ts';
import { checkAgainstSpec, checkReferences } from './checks/spec.ts';
import { property, references, resourcesOf } from './checks/template.ts';
import { readTemplate } from './packaged.ts';

const template = await readTemplate();
const spec = await loadAwsServiceSpec();

it('has only properties of the right names and types', () => {
  expect(checkAgainstSpec(template, spec)).toEqual([]);
});

it('refers only to what there is', () => {
  expect(checkReferences(template, spec)).toEqual([]);
});

it('has no circle of dependencies', () => {
  expect(findCycle(template)).toEqual([]);
});

it('keeps a message hidden for as long as its function may run', () => {
  expect(checkVisibility(template)).toEqual([]);
});

it('takes one message at a time, reports its failure, and limits concurrency', () => {
  expect(checkMappings(template)).toEqual([]);
});

it('ends every asynchronous path in a watched dead-letter queue', () => {
  expect(checkDeadLetters(template)).toEqual([]);
});

it('grants nothing by wildcard', () => {
  expect(checkWildcards(template)).toEqual([]);
});

it('lets only its own account and only encrypted requests into queues, topics and buckets', () => {
  expect([...checkResourcePolicies(template), ...checkEveryPolicy(template)]).toEqual([]);
});

it('lets every reader tell a missing object from a forbidden one', () => {
  expect(checkMissingObjects(template)).toEqual([]);
});

it('has policies that queues and topics accept', () => {
  expect(checkPolicyTargets(template)).toEqual([]);
});

it('gives every function a role of its own', () => {
  expect(checkRoles(template)).toEqual([]);
});

it('reads the token nowhere but in status', () => {
  const readers = resourcesOf(template, 'AWS::IAM::Role').filter(([, role]) =>
    JSON.stringify(role).includes('ssm:'),
  );
  expect(readers.map(([id]) => id)).toEqual(['StatusRole']);
});

it('lets nobody but the join see the parts of an upload', () => {
  const readers = ['AWS::IAM::Role', 'AWS::IAM::ManagedPolicy', 'AWS::IAM::Policy']
    .flatMap((type) => resourcesOf(template, type))
    .filter(([, policy]) => JSON.stringify(policy).includes('s3:ListMultipartUploadParts'));
  expect(readers.map(([id]) => id)).toEqual(['JoinRole']);
});

it('can be deployed in a new account', () => {
  const functions = resourcesOf(template, 'AWS::Lambda::Function').map(([, fn]) => fn);
  expect(functions.filter((fn) => Number(property(fn, 'MemorySize')) > 3008)).toEqual([]);
  expect(functions.filter((fn) => property(fn, 'ReservedConcurrentExecutions') !== undefined)).toEqual([]);
  expect(functions.filter((fn) => Number(property(fn, 'Timeout')) > 900)).toEqual([]);
});

it('runs every function on the same runtime and architecture', () => {
  const kinds = resourcesOf(template, 'AWS::Lambda::Function').map(
    ([, fn]) => `${property(fn, 'Runtime')} ${property(fn, 'Architectures')}`,
  );
  expect([...new Set(kinds)]).toEqual(['nodejs22.x x86_64']);
});

it('keeps data and logs as said', () => {
  const kept = Object.entries(template.Resources).filter(
    // Also kept when it is removed from the stack, but not when the deployment that made it fails.
    ([, { DeletionPolicy }]) => DeletionPolicy === 'RetainExceptOnCreate',
  );
  expect(kept.map(([id]) => id).sort()).toEqual(['JobsTable', 'OutputsBucket', 'UploadsBucket']);
  const retention = resourcesOf(template, 'AWS::Logs::LogGroup').map(([, group]) =>
    property(group, 'RetentionInDays'),
  );
  const writers = [...resourcesOf(template, 'AWS::Lambda::Function'), 'containers'];
  expect(retention).toEqual(writers.map(() => 30));
});

it('names buckets anew for every stack, and lets the uploads bucket into its queue under that name', () => {
  const nameOf = (id: string) => property(template.Resources[id], 'BucketName');
  for (const id of ['UploadsBucket', 'OutputsBucket']) {
    expect(references(nameOf(id), '').map(({ target }) => target)).toEqual([
      'AWS::AccountId',
      'AWS::StackId',
    ]);
  }
  const name = z.object({ 'Fn::Sub': z.tuple([z.string(), z.unknown()]) }).parse(nameOf('UploadsBucket'));
  const [pattern, variables] = name['Fn::Sub'];
  expect(template.Resources['UploadsQueuePolicy']?.Properties['PolicyDocument']).toMatchObject({
    Statement: [
      {
        Condition: {
          StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
          ArnEquals: {
            'aws:SourceArn': { 'Fn::Sub': [`arn:\${AWS::Partition}:s3:::${pattern}`, variables] },
          },
        },
      },
      { Sid: 'TlsOnly' },
    ],
  });
});

it.each(['UploadsBucket', 'OutputsBucket'])('keeps %s private and aborts abandoned uploads', (id) => {
  const bucket = template.Resources[id];
  expect(property(bucket, 'PublicAccessBlockConfiguration')).toEqual({
    BlockPublicAcls: true,
    BlockPublicPolicy: true,
    IgnorePublicAcls: true,
    RestrictPublicBuckets: true,
  });
  expect(property(bucket, 'OwnershipControls')).toEqual({
    Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }],
  });
  expect(property(bucket, 'LifecycleConfiguration.Rules')).toContainEqual({
    Id: 'abort-multipart-uploads',
    Status: 'Enabled',
    AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
  });
});

it('makes the table that the store expects', () => {
  const { TableName: _, ...expected } = tableDefinition('jobs');
  expect(template.Resources['JobsTable']?.Properties).toMatchObject({
    ...expected,
    TimeToLiveSpecification: { AttributeName: DELETE_AT, Enabled: true },
  });
});
