import { expect, it } from 'vitest';
import { z } from 'zod';
import { chunkName } from '../../shared/core/chunks/chunk-names.ts';
import { LANES } from '../../shared/core/job.ts';
import { DEFAULT_PROFILE } from '../../shared/core/ladder.ts';
import { THUMBNAILS_TASK } from '../../shared/core/plan-tasks.ts';
import { property, resourcesOf, targetOf } from './checks/template.ts';
import { readTemplate } from './packaged.ts';

const Filter = z.record(z.string(), z.array(z.union([z.string(), z.strictObject({ prefix: z.string() })])));

const subscriptions = resourcesOf(await readTemplate(), 'AWS::SNS::Subscription')
  .filter(([, subscription]) => property(subscription, 'Protocol') === 'sqs')
  .map(([, subscription]) => ({
    queue: targetOf(property(subscription, 'Endpoint')),
    filter: Filter.parse(property(subscription, 'FilterPolicy')),
  }));

/** Queues that get the doorbell of a task. */
function told(attributes: Readonly<Record<string, string>>): (string | undefined)[] {
  return subscriptions
    .filter(({ filter }) =>
      Object.entries(filter).every(([name, rules]) =>
        rules.some((rule) =>
          typeof rule === 'string' ? rule === attributes[name] : attributes[name]?.startsWith(rule.prefix),
        ),
      ),
    )
    .map(({ queue }) => queue);
}

const RENDITIONS = DEFAULT_PROFILE.rungs.map(({ name }) => name);
const CHUNKS = [chunkName({ kind: 'picture', index: 0 }), chunkName({ kind: 'audio', index: 123_456 })];
const EXPECTED: Readonly<Record<string, (task: string) => string[]>> = {
  lambda: (task) => {
    if (CHUNKS.includes(task)) return [];
    return [task === THUMBNAILS_TASK ? 'ThumbnailsQueue' : `Rendition${task}Queue`];
  },
  chunked: (task) => [CHUNKS.includes(task) ? 'ChunkQueue' : 'JoinQueue'],
  batch: () => ['BatchQueue'],
};

it.each(LANES.flatMap((lane) => [...RENDITIONS, THUMBNAILS_TASK, ...CHUNKS].map((task) => [lane, task])))(
  'tells one queue of the lane %s of %s',
  (lane = '', task = '') => {
    expect(told({ lane, task })).toEqual(EXPECTED[lane]?.(task));
  },
);
