import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { bundleFunctions } from '../bundle.mjs';
import { archiveKey, checkNetwork, finishContainers, hasOwnImage } from './batch-containers.mjs';
import { finishPollers } from './chunk-pollers.mjs';
import { packContents } from './contents.mjs';
import { uploadOnce } from './upload-once.mjs';
import { packWorker } from './worker-archive.mjs';
import { writeZip } from './zip.mjs';

/**
 * Packs each function: its bundle, and of ffmpeg, ffprobe and sharp what it uses. Functions of one folder
 * with the same needs share one archive. Packs what the containers run too, and uploads it before the stack refers to it.
 */
export default class BundlePlugin {
  /**
   * @param {{ serviceDir: string, getProvider(name: string): any, service: { service: string, resources: any,
   *   provider: any, package: { path?: string }, getAllFunctions(): string[],
   *   getFunction(name: string): { handler: string, environment?: Record<string, unknown>, package?: object } } }} serverless
   */
  constructor(serverless) {
    this.serverless = serverless;
    this.hooks = {
      'before:package:createDeploymentArtifacts': () => this.pack(),
      // The bucket is there by then, the stack that refers to the archive is not. Also where nothing else has changed: an
      // archive that somebody deleted comes back.
      'before:aws:deploy:deploy:uploadArtifacts': () => this.upload(),
    };
  }

  async pack() {
    const { service, serviceDir } = this.serverless;
    finishPollers(service.resources);
    const target = path.resolve(serviceDir, service.package.path ?? '.serverless');
    await mkdir(target, { recursive: true });
    const build = await mkdtemp(path.join(target, 'bundle-'));
    try {
      await this.packFunctions(build, target);
      await this.packContainers(build, target);
    } finally {
      await rm(build, { recursive: true, force: true });
    }
  }

  /** @param {string} build @param {string} target */
  async packFunctions(build, target) {
    const { service } = this.serverless;
    const functions = service.getAllFunctions().map((name) => service.getFunction(name));
    await bundleFunctions({ outdir: build, names: [...new Set(functions.map(folderOf))] });
    const archives = new Map();
    for (const fn of functions) {
      const folder = folderOf(fn);
      const wants = wantsOf(fn);
      const name = [folder, ...wants].join('+');
      if (!archives.has(name)) archives.set(name, this.packOne(build, target, folder, wants));
      fn.package = { ...fn.package, artifact: await archives.get(name) };
    }
  }

  /** @param {string} build @param {string} target @param {string} folder @param {readonly string[]} wants */
  async packOne(build, target, folder, wants) {
    const archive = path.join(target, `${folder}.zip`);
    const entry = `${folder}/handler`;
    const bundle = path.join(build, `${entry}.mjs`);
    await writeZip(archive, await packContents({ bundle, entry, binaries: wants }));
    return archive;
  }

  /** @param {string} build @param {string} target */
  async packContainers(build, target) {
    const resources = this.serverless.service.resources.Resources;
    checkNetwork(resources);
    if (hasOwnImage(resources)) return finishContainers(resources, undefined);
    const { file, sha256 } = await packWorker({ build, target });
    await finishContainers(resources, { key: `${this.keyPrefix()}/${file}`, sha256 });
  }

  /**
   * Below the service's own prefix, so that `remove` empties the bucket; not named like a deployment, so that pruning
   * leaves it to the containers that still wait for it.
   */
  keyPrefix() {
    const provider = this.serverless.getProvider('aws');
    return `${provider.getDeploymentPrefix()}/${this.serverless.service.service}/${provider.getStage()}/batch-worker`;
  }

  async upload() {
    const { service, serviceDir } = this.serverless;
    const key = archiveKey(service.provider.compiledCloudFormationTemplate.Resources);
    if (key === undefined) return;
    const provider = this.serverless.getProvider('aws');
    const client = new S3Client(await provider.getAwsSdkV3Config());
    try {
      const bucket = await provider.getServerlessDeploymentBucketName();
      // What `--package` names is copied here before a deployment.
      const file = path.join(serviceDir, '.serverless', path.posix.basename(key));
      await uploadOnce(client, { bucket, key, file });
    } finally {
      client.destroy();
    }
  }
}

/** `functions/<folder>/handler.handler` -> `<folder>` */
function folderOf(fn) {
  const match = /^functions\/([a-z-]+)\/handler\.handler$/.exec(fn.handler);
  if (match === null)
    throw new Error(`handler must be functions/<folder>/handler.handler, found ${fn.handler}`);
  return match[1];
}

/** The binaries whose paths the function's environment names. */
function wantsOf(fn) {
  return ['ffmpeg', 'ffprobe'].filter((name) => fn.environment?.[`${name.toUpperCase()}_PATH`] !== undefined);
}
