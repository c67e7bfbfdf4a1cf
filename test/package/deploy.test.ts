import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type DeploymentCloud, startDeploymentCloud } from '../helpers/deployment-cloud.ts';
import { archiveOf } from './containers.ts';
import { linkService, SERVERLESS } from './package-once.ts';
import { packageDirectory, readTemplate } from './packaged.ts';

let directory = '';
let cloud: DeploymentCloud;

beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'millrace-deploy-'));
  cloud = await startDeploymentCloud();
});
afterEach(async () => {
  await cloud.close();
  await rm(directory, { recursive: true, force: true });
});

it('deploys with one command: a bucket, what containers and functions run, and then the stack', async () => {
  await linkService(directory);
  await mkdir(path.join(directory, 'home'));
  await copyPackage(path.join(directory, 'packaged'));
  await promisify(execFile)(process.execPath, [SERVERLESS, 'deploy', '--package', 'packaged'], {
    cwd: directory,
    env: {
      PATH: process.env['PATH'],
      HOME: path.join(directory, 'home'),
      AWS_EC2_METADATA_DISABLED: 'true',
      ...cloud.environment,
    },
  });

  const { key } = archiveOf(await readTemplate());
  const [first, second, ...others] = cloud.changes;
  expect([first, second, others.at(-1)]).toEqual(['CreateStack', `PUT ${key}`, 'UpdateStack']);
  expect(Object.keys(JSON.parse(cloud.firstTemplate()).Resources)).toEqual([
    'ServerlessDeploymentBucket',
    'ServerlessDeploymentBucketPolicy',
  ]);
});

/** The package, with archives that say only who they are: what is in them is of no interest here. */
async function copyPackage(target: string): Promise<void> {
  await mkdir(target);
  for (const name of await readdir(packageDirectory())) {
    const isTemplate = name.endsWith('.json');
    const content = isTemplate ? await readFile(path.join(packageDirectory(), name), 'utf8') : name;
    await writeFile(path.join(target, name), content.replaceAll(packageDirectory(), target));
  }
}
