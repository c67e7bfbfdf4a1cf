import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { bundleFunctions } from '../bundle.mjs';
import { packContents } from './contents.mjs';
import { writeZip } from './zip.mjs';

/**
 * Packs each function: its bundle, and of ffmpeg, ffprobe and sharp what it uses. Functions of one folder
 * with the same needs share one archive.
 */
export default class BundlePlugin {
  /**
   * @param {{ serviceDir: string, service: { package: { path?: string }, getAllFunctions(): string[],
   *   getFunction(name: string): { handler: string, environment?: Record<string, unknown>, package?: object } } }} serverless
   */
  constructor(serverless) {
    this.serverless = serverless;
    this.hooks = { 'before:package:createDeploymentArtifacts': () => this.pack() };
  }

  async pack() {
    const { service, serviceDir } = this.serverless;
    const target = path.resolve(serviceDir, service.package.path ?? '.serverless');
    await mkdir(target, { recursive: true });
    const build = await mkdtemp(path.join(target, 'bundle-'));
    try {
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
    } finally {
      await rm(build, { recursive: true, force: true });
    }
  }

  /** @param {string} build @param {string} target @param {string} folder @param {readonly string[]} wants */
  async packOne(build, target, folder, wants) {
    const archive = path.join(target, `${folder}.zip`);
    await writeZip(
      archive,
      await packContents({ bundle: path.join(build, folder, 'handler.mjs'), folder, binaries: wants }),
    );
    return archive;
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
