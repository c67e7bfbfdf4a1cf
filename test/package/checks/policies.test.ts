import { describe, expect, it } from 'vitest';
import {
  checkEveryPolicy,
  checkMissingObjects,
  checkPolicyTargets,
  checkResourcePolicies,
  checkRoles,
  checkWildcards,
} from './policies.ts';
import { Template } from './template.ts';

const QUEUE_ARN = { 'Fn::GetAtt': ['Q', 'Arn'] };

function role(statement: Record<string, unknown>): Template {
  const document = {
    Statement: [{ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: QUEUE_ARN, ...statement }],
  };
  return Template.parse({
    Resources: {
      R: { Type: 'AWS::IAM::Role', Properties: { Policies: [{ PolicyDocument: document }] } },
      B: { Type: 'AWS::S3::Bucket' },
      Q: { Type: 'AWS::SQS::Queue' },
    },
  });
}

function queuePolicy(...statements: Record<string, unknown>[]): Template {
  const common = { Action: 'sqs:SendMessage', Resource: QUEUE_ARN };
  const document = { Statement: statements.map((statement) => ({ ...common, ...statement })) };
  return Template.parse({
    Resources: {
      P: { Type: 'AWS::SQS::QueuePolicy', Properties: { Queues: [{ Ref: 'Q' }], PolicyDocument: document } },
    },
  });
}

const TLS_ONLY = { Effect: 'Deny', Principal: '*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } };
const FROM_SNS = { Effect: 'Allow', Principal: { Service: 'sns.amazonaws.com' } };
const OWN_ACCOUNT = { Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } } };

describe('checkWildcards', () => {
  it.each([
    ['an action', role({ Action: ['sqs:SendMessage', 'sqs:*'] }), ['R: action sqs:*']],
    ['every resource', role({ Resource: '*' }), ['R: resource "*"']],
    [
      'a part of an ARN',
      role({ Resource: 'arn:aws:sqs:us-east-1:1:mill*' }),
      ['R: resource "arn:aws:sqs:us-east-1:1:mill*"'],
    ],
    [
      'everything below something that is not a bucket',
      role({ Resource: { 'Fn::Sub': `\${Q.Arn}/*` } }),
      [`R: resource {"Fn::Sub":"\${Q.Arn}/*"}`],
    ],
    ['everybody', queuePolicy({ Effect: 'Allow', Principal: { AWS: '*' } }), ['P: principal']],
    [
      'every resource, for an action that needs none and one that does',
      role({ Action: ['batch:DescribeJobs', 'batch:SubmitJob'], Resource: '*' }),
      ['R: resource "*"'],
    ],
    [
      'a kind of resource in another account',
      role({ Action: 'batch:TerminateJob', Resource: `arn:aws:batch:us-east-1:1:job/*` }),
      ['R: resource "arn:aws:batch:us-east-1:1:job/*"'],
    ],
  ])('finds %s', (_, template, complaints) => {
    expect(checkWildcards(template)).toEqual(complaints);
  });

  it('finds them in managed policies', () => {
    const document = { Statement: [{ Effect: 'Allow', Action: '*', Resource: QUEUE_ARN }] };
    const managed = { M: { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument: document } } };
    expect(checkWildcards(Template.parse({ Resources: managed }))).toEqual(['M: action *']);
  });

  it.each([
    ['one resource', role({})],
    ['the objects of a bucket', role({ Action: 's3:GetObject', Resource: { 'Fn::Sub': `\${B.Arn}/*` } })],
    [
      'the objects below a prefix',
      role({ Action: 's3:GetObject', Resource: { 'Fn::Sub': `\${B.Arn}/one/two-three/*` } }),
    ],
    ['every resource, where there are none', role({ Action: 'batch:DescribeJobs', Resource: '*' })],
    [
      'what Batch names',
      role({
        Action: 'batch:TerminateJob',
        Resource: { 'Fn::Sub': `arn:\${AWS::Partition}:batch:\${AWS::Region}:\${AWS::AccountId}:job/*` },
      }),
    ],
    ['a denial', role({ Effect: 'Deny', Action: '*', Resource: '*' })],
  ])('is content with %s', (_, template) => {
    expect(checkWildcards(template)).toEqual([]);
  });
});

it('finds buckets whose missing objects look forbidden', () => {
  const read = { Effect: 'Allow', Action: ['s3:GetObject'], Resource: { 'Fn::Sub': `\${B.Arn}/*` } };
  const list = { Effect: 'Allow', Action: 's3:ListBucket', Resource: { 'Fn::GetAtt': ['B', 'Arn'] } };
  const withStatements = (...statements: object[]): Template =>
    Template.parse({
      Resources: {
        R: {
          Type: 'AWS::IAM::Role',
          Properties: { Policies: [{ PolicyDocument: { Statement: statements } }] },
        },
      },
    });
  expect(checkMissingObjects(withStatements(read))).toEqual(['R cannot tell what is missing from B']);
  expect(checkMissingObjects(withStatements(read, list))).toEqual([]);
});

describe('checkResourcePolicies', () => {
  it.each([
    [
      'a service of any account',
      queuePolicy(FROM_SNS, TLS_ONLY),
      ['P: a statement does not ask for aws:SourceAccount'],
    ],
    [
      'requests in the clear',
      queuePolicy({ ...FROM_SNS, ...OWN_ACCOUNT }),
      ['P: lets unencrypted requests in'],
    ],
    ['neither', queuePolicy({ ...FROM_SNS, ...OWN_ACCOUNT }, TLS_ONLY), []],
  ])('finds %s', (_, template, complaints) => {
    expect(checkResourcePolicies(template)).toEqual(complaints);
  });
});

describe('checkPolicyTargets', () => {
  const OTHER_ARN = { 'Fn::GetAtt': ['Other', 'Arn'] };
  const topicPolicy = (resource: unknown, ...topics: string[]): Template =>
    Template.parse({
      Resources: {
        P: {
          Type: 'AWS::SNS::TopicPolicy',
          Properties: {
            Topics: topics.map((Ref) => ({ Ref })),
            PolicyDocument: { Statement: [{ Effect: 'Deny', Action: 'sns:Publish', Resource: resource }] },
          },
        },
      },
    });

  it.each([
    ['two queues in one statement', queuePolicy({ ...FROM_SNS, Resource: [QUEUE_ARN, OTHER_ARN] })],
    ['another queue', queuePolicy({ ...FROM_SNS, Resource: OTHER_ARN })],
    ['another topic', topicPolicy({ Ref: 'Other' }, 'T')],
  ])('finds %s', (_, template) => {
    expect(checkPolicyTargets(template)).toEqual(['P: a statement does not name its owner alone']);
  });

  it('finds one policy for two topics', () => {
    expect(checkPolicyTargets(topicPolicy({ Ref: 'T' }, 'T', 'Other'))).toEqual(['P is written to 2 owners']);
  });

  it.each([
    ['a queue', queuePolicy(FROM_SNS, TLS_ONLY)],
    ['a topic', topicPolicy({ Ref: 'T' }, 'T')],
  ])('is content with the policy of %s alone', (_, template) => {
    expect(checkPolicyTargets(template)).toEqual([]);
  });
});

it('finds queues, topics and buckets without a policy', () => {
  const resources = {
    ...queuePolicy(TLS_ONLY).Resources,
    Q: { Type: 'AWS::SQS::Queue' },
    Other: { Type: 'AWS::SQS::Queue' },
    T: { Type: 'AWS::SNS::Topic' },
    B: { Type: 'AWS::S3::Bucket' },
  };
  expect(checkEveryPolicy(Template.parse({ Resources: resources }))).toEqual([
    'Other has no policy',
    'T has no policy',
    'B has no policy',
  ]);
});

it('finds functions that share a role', () => {
  const fn = (name: string) => ({
    Type: 'AWS::Lambda::Function',
    Properties: { Role: { 'Fn::GetAtt': [name, 'Arn'] } },
  });
  const template = Template.parse({ Resources: { A: fn('One'), B: fn('Two'), C: fn('One') } });
  expect(checkRoles(template)).toEqual(['A shares its role', 'C shares its role']);
});
