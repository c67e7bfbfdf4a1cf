import { describe, expect, test } from 'vitest';
import { isRetried } from '../../infra/local/batch/retry-rules.ts';
import { keepConditional } from '../../infra/local/declarations/conditions.ts';
import { readFunctions } from '../../infra/local/declarations/functions.ts';
import { loadDeclarations } from '../../infra/local/declarations/load.ts';
import { readResources } from '../../infra/local/declarations/resources.ts';
import { resolveVariables } from '../../infra/local/declarations/variables.ts';
import { WORKER_EXIT } from '../../shared/core/batch-run.ts';

describe('the declarations of this project', () => {
  const declared = loadDeclarations({ params: { renditionTimeout: 7, leaseSeconds: 0.5 } });

  test('say for each function what takes its events, and from where', () => {
    expect(
      declared.functions.map((fn) => [
        fn.name,
        fn.folder,
        fn.queues.map((source) => source.queue),
        fn.everySeconds,
        fn.http,
      ]),
    ).toEqual([
      ['dispatch', 'dispatch', ['UploadsQueue'], null, false],
      ['rendition480p', 'rendition', ['Rendition480pQueue'], null, false],
      ['rendition720p', 'rendition', ['Rendition720pQueue'], null, false],
      ['rendition1080p', 'rendition', ['Rendition1080pQueue'], null, false],
      ['thumbnails', 'thumbnails', ['ThumbnailsQueue'], null, false],
      ['chunk', 'chunk', ['ChunkQueue'], null, false],
      ['join', 'join', ['JoinQueue'], null, false],
      ['submitBatch', 'submit-batch', ['BatchQueue'], null, false],
      ['batchEvents', 'batch-events', ['BatchEventsQueue'], null, false],
      [
        'deadLetters',
        'dead-letters',
        [
          'UploadsDeadLetters',
          'Rendition480pDeadLetters',
          'Rendition720pDeadLetters',
          'Rendition1080pDeadLetters',
          'ThumbnailsDeadLetters',
          'ChunkDeadLetters',
          'JoinDeadLetters',
          'BatchDeadLetters',
          'BatchEventsDeadLetters',
        ],
        null,
        false,
      ],
      ['status', 'status', [], null, true],
      ['sweep', 'sweep', [], 300, false],
    ]);
  });

  test('give parameters to limits, queues and environments alike', () => {
    const rendition = declared.functions.find((fn) => fn.name === 'rendition720p');
    expect(rendition).toMatchObject({
      timeoutSeconds: 7,
      environment: {
        TASK_NAMES: '720p',
        LEASE_SECONDS: '0.5',
        JOBS_TABLE: { kind: 'ref', resource: 'JobsTable' },
      },
      queues: [{ batchSize: 1, maximumConcurrency: 2, reportsFailures: true }],
    });
    const dispatch = declared.functions.find((fn) => fn.name === 'dispatch');
    expect(dispatch?.environment).toMatchObject({ LAMBDA_TIMEOUT_SECONDS: '7' });
    expect(declared.queues.find((queue) => queue.id === 'Rendition720pQueue')).toEqual({
      id: 'Rendition720pQueue',
      name: 'millrace-local-rendition720p',
      visibilitySeconds: 7,
      redrive: { deadLetters: 'Rendition720pDeadLetters', maxReceiveCount: 8 },
    });
  });

  test('filter every subscription by lane and task, and leave out what has a condition that does not hold', () => {
    expect(declared.subscriptions.map(({ id, queue, filterPolicy }) => [id, queue, filterPolicy])).toEqual([
      ...['480p', '720p', '1080p', 'thumbnails'].map((task) => {
        const stem = task === 'thumbnails' ? 'Thumbnails' : `Rendition${task}`;
        return [`${stem}Subscription`, `${stem}Queue`, { task: [task], lane: ['lambda'] }];
      }),
      ['BatchSubscription', 'BatchQueue', { lane: ['batch'] }],
      [
        'ChunkSubscription',
        'ChunkQueue',
        { task: [{ prefix: 'chunk-' }, { prefix: 'audio-' }], lane: ['chunked'] },
      ],
      ['JoinSubscription', 'JoinQueue', { task: ['480p', '720p', '1080p', 'thumbnails'], lane: ['chunked'] }],
    ]);
  });

  test('name the queue that is told of uploads', () => {
    expect(declared.buckets).toEqual([
      { id: 'UploadsBucket', notifies: 'UploadsQueue' },
      { id: 'OutputsBucket', notifies: null },
    ]);
  });

  test('have two queues for containers, a definition per scratch size, and a rule that tells of ends', () => {
    expect(declared.jobQueues.map(({ id, isSpot }) => [id, isSpot])).toEqual([
      ['BatchSpotQueue', true],
      ['BatchOnDemandQueue', false],
    ]);
    expect(declared.jobDefinitions.map(({ id, vcpus, memoryMb }) => [id, vcpus, memoryMb])).toEqual([
      ['BatchDefinition30', 4, 8192],
      ['BatchDefinition100', 4, 8192],
      ['BatchDefinition200', 4, 8192],
    ]);
    for (const { retry, environment } of declared.jobDefinitions) {
      expect(environment).toMatchObject({ LANE: 'batch', LEASE_SECONDS: '0.5', BATCH_VCPUS: '4' });
      const ends: readonly (readonly [number | null, string])[] = [
        [WORKER_EXIT.misconfigured, 'Essential container in task exited'],
        [WORKER_EXIT.retry, 'Essential container in task exited'],
        [WORKER_EXIT.terminated, 'Essential container in task exited'],
        [137, 'Essential container in task exited'],
        [WORKER_EXIT.terminated, 'Your Spot Task was interrupted.'],
        [1, 'Essential container in task exited'],
      ];
      expect(
        ends.map(([exitCode, statusReason]) => isRetried(retry, 1, { exitCode, reason: null, statusReason })),
      ).toEqual([false, true, true, true, false, false]);
    }
    expect(declared.eventRules.map(({ id, queues }) => [id, queues])).toEqual([
      ['BatchStateRule', ['BatchEventsQueue']],
    ]);
  });

  test('know no parameter that is not declared', () => {
    expect(() => loadDeclarations({ params: { leaseMinutes: 1 } })).toThrow(
      'serverless.yml declares no parameter "leaseMinutes".',
    );
  });
});

describe('conditions', () => {
  const conditions = {
    IsOwn: { 'Fn::Equals': ['', ''] },
    IsGiven: { 'Fn::Not': [{ Condition: 'IsOwn' }] },
    Both: { 'Fn::And': [{ Condition: 'IsOwn' }, { Condition: 'IsGiven' }] },
    Either: { 'Fn::Or': [{ Condition: 'IsOwn' }, { Condition: 'IsGiven' }] },
  };

  test('keep resources, and choose the branches in them', () => {
    const choose = (name: string) => ({ 'Fn::If': [name, 'yes', { 'Fn::If': ['IsOwn', { a: ['no'] }, 1] }] });
    const nothing = { 'Fn::If': ['IsGiven', 1, { Ref: 'AWS::NoValue' }] };
    expect(
      keepConditional(
        {
          Kept: { Condition: 'Either', list: [choose('IsOwn'), choose('Both'), nothing], gone: nothing },
          Left: { Condition: 'Both' },
          Always: { ref: { Ref: 'Kept' } },
        },
        conditions,
      ),
    ).toEqual({
      Kept: { Condition: 'Either', list: ['yes', { a: ['no'] }] },
      Always: { ref: { Ref: 'Kept' } },
    });
  });
});

/** `${name}`, which is a variable of the framework and none of this language. */
const v = (name: string): string => `\${${name}}`;

describe('variables', () => {
  const scope = {
    root: '/nowhere',
    stage: 'local',
    service: { service: 'millrace', deep: { down: `${v('param:number')}` } },
    params: { number: 7, flag: false, text: 'a' },
  };

  test.each([
    [`${v('param:number')}`, 7],
    [`${v('param:flag')}`, false],
    [`x-${v('param:number')}-${v('param:text')}`, 'x-7-a'],
    [`${v('self:service')}-${v('sls:stage')}`, 'millrace-local'],
    [`${v('self:deep.down')}`, 7],
    [`${v("opt:region, 'us-east-1'")}`, 'us-east-1'],
    [`${v('param:missing, 3')}`, 3],
    [
      `arn:${v('AWS::Partition')}:s3:::${v('Bucket.Arn')}/*`,
      `arn:${v('AWS::Partition')}:s3:::${v('Bucket.Arn')}/*`,
    ],
  ])('%s is %j', (text, value) => {
    expect(resolveVariables({ list: [text] }, scope)).toEqual({ list: [value] });
  });

  test.each([
    [`${v('param:missing')}`, `${v('param:missing')} is not defined.`],
    [`${v('env:HOME')}`, `${v('env:HOME')} is of a kind that the embedded stack does not know.`],
    [`a ${v('self:deep')}`, `${v('self:deep')} in "a ${v('self:deep')}" is not a text.`],
  ])('%s is refused', (text, message) => {
    expect(() => resolveVariables(text, scope)).toThrow(message);
  });
});

describe('forms that the embedded stack does not know are refused', () => {
  const fn = { handler: 'functions/a/handler.handler', description: '', role: '', memorySize: 1, timeout: 1 };

  test.each([
    ['an event source', { ...fn, events: [{ s3: { bucket: 'b' } }] }],
    ['a schedule by calendar', { ...fn, events: [{ schedule: 'cron(0 0 * * ? *)' }] }],
    ['a handler elsewhere', { ...fn, handler: 'src/a.handler', events: [] }],
    ['a setting', { ...fn, reservedConcurrency: 5, events: [] }],
  ])('%s', (_, entry) => {
    expect(() => readFunctions([{ a: entry }], {})).toThrow();
  });

  test('a resource', () => {
    expect(() => readResources({ Jobs: { Type: 'AWS::ECS::Service', Properties: {} } })).toThrow(
      'Resource Jobs is of type AWS::ECS::Service, which the embedded stack does not know.',
    );
  });
});
