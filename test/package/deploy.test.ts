import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
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
  await cp(packageDirectory(), path.join(directory, 'packaged'), { recursive: true });
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
