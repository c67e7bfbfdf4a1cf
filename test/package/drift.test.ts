import { expect, it } from 'vitest';
import { mapPattern } from '../../infra/local/batch/event-pattern.ts';
import { loadDeclarations } from '../../infra/local/declarations/load.ts';
import type { Reference } from '../../infra/local/declarations/reference.ts';
import { type Declared, declaredBy } from './checks/declared.ts';
import { readTemplate } from './packaged.ts';

it('wires the embedded stack as the deployment', async () => {
  expect(embedded()).toEqual(sorted(declaredBy(await readTemplate())));
});

/** The embedded stack's reading of the same files, in the words of the template's. */
function embedded(): Declared {
  const { functions, queues, topics, subscriptions, buckets, ...containers } = loadDeclarations();
  return sorted({
    functions: functions.map((fn) => ({
      name: fn.name,
      folder: fn.folder,
      timeoutSeconds: fn.timeoutSeconds,
      memoryMb: fn.memoryMb,
      environment: Object.fromEntries(
        Object.entries(fn.environment).map(([name, value]) => [name, toText(value)]),
      ),
      queues: fn.queues,
      everySeconds: fn.everySeconds,
      http: fn.http,
    })),
    queues: queues.map(({ id, visibilitySeconds, redrive }) => ({ id, visibilitySeconds, redrive })),
    topics: topics.map(({ id }) => id),
    subscriptions: subscriptions.map(({ topic, queue, rawDelivery, filterPolicy }) => ({
      topic,
      queue,
      rawDelivery,
      filterPolicy,
    })),
    buckets,
    jobQueues: containers.jobQueues.map(({ id, priority, isSpot }) => ({ id, priority, isSpot })),
    jobDefinitions: containers.jobDefinitions.map((definition) => ({
      id: definition.id,
      vcpus: definition.vcpus,
      memoryMb: definition.memoryMb,
      timeoutSeconds: definition.timeoutSeconds,
      attempts: definition.retry.attempts,
      rules: definition.retry.rules.map((rule) => ({ ...rule })),
      environment: Object.fromEntries(
        Object.entries(definition.environment).map(([name, value]) => [name, toText(value)]),
      ),
    })),
    eventRules: containers.eventRules.map(({ id, pattern, queues: told }) => ({
      id,
      pattern: mapPattern(pattern, toText),
      queues: told,
    })),
  });
}

function toText(value: string | Reference): string {
  if (typeof value === 'string') return value.replaceAll('/local/', '/dev/');
  return value.kind === 'ref' ? `ref ${value.resource}` : `${value.resource}.${value.attribute}`;
}

function sorted(declared: Declared): Declared {
  return {
    functions: by(declared.functions, ({ name }) => name),
    queues: by(declared.queues, ({ id }) => id),
    topics: by(declared.topics, (id) => id),
    subscriptions: by(declared.subscriptions, ({ queue }) => queue),
    buckets: by(declared.buckets, ({ id }) => id),
    jobQueues: by(declared.jobQueues, ({ id }) => id),
    jobDefinitions: by(declared.jobDefinitions, ({ id }) => id),
    eventRules: by(declared.eventRules, ({ id }) => id),
  };
}

function by<T>(items: readonly T[], key: (item: T) => string): T[] {
  return [...items].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
