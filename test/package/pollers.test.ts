import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadAwsServiceSpec } from '@aws-cdk/aws-service-spec';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { readYaml, resolveVariables } from '../../infra/local/declarations/variables.ts';
import { finishPollers } from '../../infra/serverless/chunk-pollers.mjs';
import { checkMappings } from './checks/queues.ts';
import { checkAgainstSpec } from './checks/spec.ts';
import { property, Template } from './checks/template.ts';
import { readTemplate } from './packaged.ts';

const MAPPING = 'ChunkEventSourceMappingSQSChunkQueue';
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const template = await readTemplate();
const spec = await loadAwsServiceSpec();

const Declared = z.object({
  extensions: z.record(z.string(), z.object({ Properties: z.record(z.string(), z.unknown()) })),
});

/** The packaged template as it would be with these settings. */
function packagedWith(params: Readonly<Record<string, string | number>>): Template {
  const file = readYaml(path.join(ROOT, 'infra/chunks/pollers.yml'));
  const declared = Declared.parse(resolveVariables(file, { root: ROOT, stage: 'dev', service: {}, params }));
  finishPollers(declared);
  const extended = Object.entries(declared.extensions).map(([id, { Properties }]) => {
    const resource = template.Resources[id];
    return [id, { ...resource, Properties: { ...resource?.Properties, ...Properties } }];
  });
  return Template.parse({
    ...template,
    Resources: { ...template.Resources, ...Object.fromEntries(extended) },
  });
}

it('has the usual pollers and a limit where none are asked for', () => {
  const mapping = template.Resources[MAPPING];
  expect(property(mapping, 'ScalingConfig')).toEqual({ MaximumConcurrency: 5 });
  expect(property(mapping, 'ProvisionedPollerConfig')).toBeUndefined();
  expect(packagedWith({ chunkPollers: 0, chunkConcurrency: 5 })).toEqual(template);
});

it.each([
  ['numbers', { chunkPollers: 2, chunkConcurrency: 20 }, { MinimumPollers: 2, MaximumPollers: 2 }],
  ['texts', { chunkPollers: '30', chunkConcurrency: '995' }, { MinimumPollers: 30, MaximumPollers: 100 }],
])('has pollers of its own instead where they are asked for in %s', (_, params, expected) => {
  const packaged = packagedWith(params);
  expect(property(packaged.Resources[MAPPING], 'ProvisionedPollerConfig')).toEqual(expected);
  expect(property(packaged.Resources[MAPPING], 'ScalingConfig')).toEqual({});
  expect([...checkAgainstSpec(packaged, spec), ...checkMappings(packaged)]).toEqual([]);
});

it.each([
  [{ chunkPollers: 1, chunkConcurrency: 20 }, 'chunkPollers must be 0, or 2 or more, found 1.'],
  [{ chunkPollers: '2.5', chunkConcurrency: '30' }, 'chunkPollers must be 0, or 2 or more, found 2.5.'],
  [{ chunkPollers: 'many', chunkConcurrency: 20 }, 'chunkPollers must be 0, or 2 or more, found many.'],
  [
    { chunkPollers: 3, chunkConcurrency: 20 },
    'chunkPollers=3 needs a chunkConcurrency of 30 or more, found 20.',
  ],
])('refuses %j', (params, message) => {
  expect(() => packagedWith(params)).toThrow(message);
});
