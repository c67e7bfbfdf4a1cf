import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { readArchive } from './checks/archive.ts';
import { checkGrants, commandsIn } from './checks/grants.ts';
import { grantedActions } from './checks/policies.ts';
import { property, resourcesOf, targetOf } from './checks/template.ts';
import { archiveOf } from './containers.ts';
import { packageDirectory, readTemplate } from './packaged.ts';

const template = await readTemplate();
const asynchronous = resourcesOf(template, 'AWS::Lambda::EventInvokeConfig').map(([, config]) =>
  targetOf(property(config, 'FunctionName')),
);

it.each(resourcesOf(template, 'AWS::Lambda::Function').map(([id]) => id))(
  'grants %s the actions of its commands and no others',
  async (id) => {
    const fn = template.Resources[id];
    const archive = path.basename(z.string().parse(property(fn, 'Code.S3Key')));
    const entries = await readArchive(path.join(packageDirectory(), archive));
    const bundle = entries.find((entry) => entry.path.endsWith('/handler.mjs'));
    const role = targetOf(property(fn, 'Role')) ?? '';
    const commands = commandsIn(bundle?.read().toString('utf8') ?? '');
    expect(checkGrants(commands, grantedActions(template, role), asynchronous.includes(id))).toEqual([]);
  },
);

it('grants the containers the actions of their commands and no others', async () => {
  const archive = path.join(packageDirectory(), path.basename(archiveOf(template).key));
  const { stdout } = await promisify(execFile)('tar', ['-xzOf', archive, 'functions/batch-worker/main.mjs'], {
    maxBuffer: 64 * 1024 * 1024,
  });
  expect(checkGrants(commandsIn(stdout), grantedActions(template, 'BatchJobRole'), false)).toEqual([]);
});
