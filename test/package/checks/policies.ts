import { z } from 'zod';
import {
  intrinsic,
  isRecord,
  property,
  type Resource,
  references,
  resourcesOf,
  type Template,
  targetOf,
} from './template.ts';

const OneOrMany = z.union([z.array(z.unknown()), z.unknown().transform((value) => [value])]);
const Statement = z.object({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Principal: z.unknown().optional(),
  Action: z.union([z.string().transform((action) => [action]), z.array(z.string())]),
  Resource: OneOrMany,
  Condition: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
});
type Statement = z.infer<typeof Statement>;

/** Policies that grant a role something, by where they stand. */
function grants(template: Template): [string, Statement[]][] {
  const inline = resourcesOf(template, 'AWS::IAM::Role').flatMap(([id, role]) =>
    z
      .array(z.object({ PolicyDocument: z.unknown() }))
      .parse(role.Properties['Policies'] ?? [])
      .map((policy): [string, Statement[]] => [id, statements(policy.PolicyDocument)]),
  );
  const managed = ['AWS::IAM::ManagedPolicy', 'AWS::IAM::Policy']
    .flatMap((type) => resourcesOf(template, type))
    .map(([id, policy]): [string, Statement[]] => [id, statements(policy.Properties['PolicyDocument'])]);
  return [...inline, ...managed];
}

/** Actions that a role allows, by its own policies and the managed ones that it refers to. */
export function grantedActions(template: Template, role: string): string[] {
  const managed = z.array(z.unknown()).parse(property(template.Resources[role], 'ManagedPolicyArns') ?? []);
  const sources = [role, ...managed.map(targetOf)];
  return grants(template)
    .filter(([id]) => sources.includes(id))
    .flatMap(([, list]) => list.filter(({ Effect }) => Effect === 'Allow').flatMap(({ Action }) => Action));
}

/** A container that cannot get its program gives up, whether that is gone or forbidden. */
const DEPLOYMENT_BUCKET = 'ServerlessDeploymentBucket';

/**
 * Buckets whose objects a role reads and which it may not list: there S3 answers 403 for an object that is gone, which
 * cannot be told from an outage.
 */
export function checkMissingObjects(template: Template): string[] {
  return grants(template).flatMap(([id, list]) => {
    const buckets = (action: string): string[] =>
      list
        .filter(({ Effect, Action }) => Effect === 'Allow' && Action.includes(action))
        .flatMap(({ Resource }) => references(Resource, id).map(({ target }) => target));
    const listed = buckets('s3:ListBucket');
    return buckets('s3:GetObject')
      .filter((bucket) => !listed.includes(bucket) && bucket !== DEPLOYMENT_BUCKET)
      .map((bucket) => `${id} cannot tell what is missing from ${bucket}`);
  });
}

/** Policies on queues, topics and buckets. */
function resourcePolicies(template: Template): [string, Resource, Statement[]][] {
  return ['AWS::SQS::QueuePolicy', 'AWS::SNS::TopicPolicy', 'AWS::S3::BucketPolicy']
    .flatMap((type) => resourcesOf(template, type))
    .map(([id, policy]) => [id, policy, statements(policy.Properties['PolicyDocument'])]);
}

function statements(document: unknown): Statement[] {
  return z.object({ Statement: z.array(Statement) }).parse(document).Statement;
}

/** Actions that IAM knows no resources for. */
const WITHOUT_RESOURCES = ['batch:DescribeJobs', 'ecr:GetAuthorizationToken'];
/** Actions on what gets its name from AWS or from the operator: all of that kind in the stack's account and region. */
const OF_A_KIND: Readonly<Record<string, string>> = {
  'batch:TerminateJob': `batch:\${AWS::Region}:\${AWS::AccountId}:job/*`,
  'ecr:BatchGetImage': `ecr:\${AWS::Region}:\${AWS::AccountId}:repository/*`,
  'ecr:GetDownloadUrlForLayer': `ecr:\${AWS::Region}:\${AWS::AccountId}:repository/*`,
};

/**
 * Wildcards in what is granted. Those are allowed that have no alternative: the objects of a bucket, or below a prefix in
 * it; {@link WITHOUT_RESOURCES}; {@link OF_A_KIND}.
 */
export function checkWildcards(template: Template): string[] {
  const all = [
    ...grants(template),
    ...resourcePolicies(template).map(([id, , list]): [string, Statement[]] => [id, list]),
  ];
  return all.flatMap(([id, list]) =>
    list
      .filter(({ Effect }) => Effect === 'Allow')
      .flatMap((statement) => [
        ...statement.Action.filter((action) => /[*?]/.test(action)).map(
          (action) => `${id}: action ${action}`,
        ),
        ...statement.Resource.filter(
          (resource) =>
            hasWildcard(resource) &&
            !isObjectsOfBucket(resource, template) &&
            !statement.Action.every((action) => hasNoOther(action, resource)),
        ).map((resource) => `${id}: resource ${JSON.stringify(resource)}`),
        ...(JSON.stringify(statement.Principal ?? '').includes('*') ? [`${id}: principal`] : []),
      ]),
  );
}

function hasWildcard(resource: unknown): boolean {
  // A reference without text beside it names one resource.
  return /[*?]/.test(JSON.stringify(resource));
}

function hasNoOther(action: string, resource: unknown): boolean {
  if (WITHOUT_RESOURCES.includes(action)) return resource === '*';
  const call = intrinsic(resource);
  return call?.name === 'Fn::Sub' && call.argument === `arn:\${AWS::Partition}:${OF_A_KIND[action]}`;
}

function isObjectsOfBucket(resource: unknown, template: Template): boolean {
  const call = intrinsic(resource);
  const match = /^\$\{(\w+)\.Arn\}\/(?:[\w/-]+\/)?\*$/.exec(
    call?.name === 'Fn::Sub' ? String(call.argument) : '',
  );
  return template.Resources[match?.[1] ?? '']?.Type === 'AWS::S3::Bucket';
}

/** Queues and topics that a service of another account could write to: no `aws:SourceAccount`, or no TLS asked. */
export function checkResourcePolicies(template: Template): string[] {
  return resourcePolicies(template).flatMap(([id, policy, list]) => {
    const open = list.filter(
      ({ Effect, Principal, Condition }) =>
        Effect === 'Allow' && isService(Principal) && !namesKey(Condition, 'aws:SourceAccount'),
    );
    const clear = list.some(
      ({ Effect, Condition }) => Effect === 'Deny' && namesKey(Condition, 'aws:SecureTransport'),
    );
    // CloudWatch publishes to the alarm topic from inside AWS; a mail address gets it in any case.
    const mustBeTls =
      policy.Type !== 'AWS::SNS::TopicPolicy' || list.every(({ Effect }) => Effect === 'Deny');
    return [
      ...open.map(({ Sid }) => `${id}: ${Sid ?? 'a statement'} does not ask for aws:SourceAccount`),
      ...(clear || !mustBeTls ? [] : [`${id}: lets unencrypted requests in`]),
    ];
  });
}

/**
 * Policies that SQS and SNS refuse: each statement must name one resource, the queue or topic that the policy is
 * written to, so a policy serves one only.
 */
export function checkPolicyTargets(template: Template): string[] {
  return resourcePolicies(template)
    .filter(([, { Type }]) => Type !== 'AWS::S3::BucketPolicy')
    .flatMap(([id, policy, list]) => {
      const owners = z.array(z.unknown()).parse(property(policy, 'Queues') ?? property(policy, 'Topics'));
      const wrong = list.filter(
        ({ Resource }) => Resource.length !== 1 || targetOf(Resource[0]) !== targetOf(owners[0]),
      );
      return [
        ...(owners.length === 1 ? [] : [`${id} is written to ${owners.length} owners`]),
        ...wrong.map(({ Sid }) => `${id}: ${Sid ?? 'a statement'} does not name its owner alone`),
      ];
    });
}

function isService(principal: unknown): boolean {
  return isRecord(principal) && 'Service' in principal;
}

function namesKey(condition: Statement['Condition'], key: string): boolean {
  return Object.values(condition).some((test) => key in test);
}

/** Queues, topics and buckets that hold our data and have no policy of their own. */
export function checkEveryPolicy(template: Template): string[] {
  const covered = new Set(
    resourcePolicies(template)
      .flatMap(([, policy]) => [
        property(policy, 'Queues'),
        property(policy, 'Topics'),
        [property(policy, 'Bucket')],
      ])
      .flatMap((list) => (Array.isArray(list) ? list : []))
      .map((item) => intrinsic(item)?.argument),
  );
  return ['AWS::SQS::Queue', 'AWS::SNS::Topic', 'AWS::S3::Bucket']
    .flatMap((type) => resourcesOf(template, type))
    .filter(([id]) => !covered.has(id))
    .map(([id]) => `${id} has no policy`);
}

/** Functions that share a role, or have none of the template's. */
export function checkRoles(template: Template): string[] {
  const roles = resourcesOf(template, 'AWS::Lambda::Function').map(
    ([id, fn]) => [id, JSON.stringify(property(fn, 'Role'))] as const,
  );
  return roles.flatMap(([id, role]) =>
    roles.some(([other, theirs]) => other !== id && theirs === role) ? [`${id} shares its role`] : [],
  );
}
