/** Plugin of the packager: packs functions and containers, and uploads what containers run. */
export default class BundlePlugin {
  constructor(serverless: unknown);
  /** By lifecycle event. */
  readonly hooks: Readonly<Record<string, () => Promise<void>>>;
}
