type Resources = Record<string, { Type: string; Properties?: unknown }>;

/** Finishes the job definitions in place. `archive`: in the deployment bucket; undefined: the image has its own worker. */
export function finishContainers(
  resources: Resources,
  archive: { readonly key: string; readonly sha256: string } | undefined,
): Promise<void>;
/** Throws when subnets are given without security groups, or the other way round. */
export function checkNetwork(resources: Resources): void;
/** Whether any job definition asks for an image of the operator's own. */
export function hasOwnImage(resources: Resources): boolean;
/** The key of the archive that a finished template's containers fetch. */
export function archiveKey(resources: Resources): string | undefined;
