import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkNetwork, finishContainers, hasOwnImage } from '../../infra/serverless/batch-containers.mjs';
import BundlePlugin from '../../infra/serverless/bundle-plugin.mjs';
import { startTinyS3, type TinyS3 } from '../helpers/tiny-s3.ts';
import { archiveOf } from './containers.ts';
import { readTemplate } from './packaged.ts';

const template = await readTemplate();
const { key } = archiveOf(template);

describe('before the stack is updated', () => {
  let directory = '';
  let s3: TinyS3;

  beforeEach(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), 'millrace-deploy-'));
    await mkdir(path.join(directory, '.serverless'));
    await writeFile(path.join(directory, '.serverless', path.basename(key)), 'the archive');
    s3 = await startTinyS3();
  });
  afterEach(async () => {
    await s3.close();
    await rm(directory, { recursive: true, force: true });
  });

  function deploy(): Promise<void> | undefined {
    const plugin = new BundlePlugin({
      serviceDir: directory,
      service: { provider: { compiledCloudFormationTemplate: template } },
      getProvider: () => ({
        getAwsSdkV3Config: async () => ({
          region: 'us-east-1',
          endpoint: s3.url,
          forcePathStyle: true,
          credentials: { accessKeyId: 'TEST', secretAccessKey: 'not-a-secret' },
        }),
        getServerlessDeploymentBucketName: async () => 'deployments',
      }),
    });
    return plugin.hooks['before:aws:deploy:deploy:uploadArtifacts']?.();
  }

  it('puts the archive where the containers fetch it, once', async () => {
    await deploy();
    await deploy();
    expect(s3.seen.map(({ method }) => method)).toEqual(['HEAD', 'PUT', 'HEAD']);
    expect([...s3.objects.keys()]).toEqual([key]);
    expect(s3.objects.get(key)?.[0]?.body.toString()).toContain('the archive');
  });

  it('fails when the bucket cannot be asked', async () => {
    s3.failNext(9, 403, 'AccessDenied');
    await expect(deploy()).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
    expect([...s3.objects.keys()]).toEqual([]);
  });
});

describe('settings of the operator', () => {
  const definition = (image: string) => ({
    D: {
      Type: 'AWS::Batch::JobDefinition',
      Properties: {
        ContainerProperties: {
          Image: image,
          ResourceRequirements: [{ Type: 'VCPU', Value: 4 }],
          Environment: [
            { Name: 'A', Value: 1 },
            { Name: 'B', Value: { Ref: 'X' } },
          ],
        },
      },
    },
  });

  it('leave an image of their own alone', async () => {
    const resources = definition('repository/worker:1');
    expect([hasOwnImage(resources), hasOwnImage(definition(''))]).toEqual([true, false]);
    await finishContainers(resources, undefined);
    expect(resources.D.Properties.ContainerProperties).toEqual({
      Image: 'repository/worker:1',
      ResourceRequirements: [{ Type: 'VCPU', Value: '4' }],
      Environment: [
        { Name: 'A', Value: '1' },
        { Name: 'B', Value: { Ref: 'X' } },
      ],
    });
  });

  it.each([
    ['', '', true],
    ['subnet-1,subnet-2', 'sg-1', true],
    ['subnet-1', '', false],
    ['', 'sg-1', false],
  ])('name subnets "%s" and security groups "%s"', (subnets, groups, isAccepted) => {
    const choice = (list: string) => ({ 'Fn::If': ['OwnNetwork', [], { 'Fn::Split': [',', list] }] });
    const ComputeResources = { Subnets: choice(subnets), SecurityGroupIds: choice(groups) };
    const resources = {
      BatchSpotEnvironment: { Type: 'AWS::Batch::ComputeEnvironment', Properties: { ComputeResources } },
    };
    const check = expect(() => checkNetwork(resources));
    if (isAccepted) check.not.toThrow();
    else check.toThrow('Set both subnetIds and securityGroupIds, or neither.');
  });
});
