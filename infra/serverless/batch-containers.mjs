import { bootstrapCommand, PUBLIC_IMAGE } from './bootstrap-command.mjs';

/**
 * Finishes the job definitions: without an image of the operator's own, the public one with the command that fetches
 * the worker's archive; and texts where Batch wants texts and settings are numbers.
 * @param {Record<string, { Type: string, Properties?: any }>} resources changed in place
 * @param {{ key: string, sha256: string } | undefined} archive in the deployment bucket; undefined: the image has its own
 * @returns {Promise<void>}
 */
export async function finishContainers(resources, archive) {
  const command = await bootstrapCommand();
  for (const definition of jobDefinitions(resources)) {
    const container = definition.ContainerProperties;
    container.ResourceRequirements = container.ResourceRequirements.map(({ Type, Value }) => ({
      Type,
      Value: String(Value),
    }));
    container.Environment = container.Environment.map(({ Name, Value }) => ({ Name, Value: asText(Value) }));
    if (archive === undefined) continue;
    container.Image = PUBLIC_IMAGE;
    container.Command = command;
    container.Environment.push(
      { Name: 'WORKER_ARCHIVE_BUCKET', Value: { Ref: 'ServerlessDeploymentBucket' } },
      { Name: 'WORKER_ARCHIVE_KEY', Value: archive.key },
      { Name: 'WORKER_ARCHIVE_SHA256', Value: archive.sha256 },
    );
  }
}

/**
 * Subnets of the operator's own need security groups of the same network.
 * @throws Error when one setting is given without the other
 */
export function checkNetwork(resources) {
  const { Subnets, SecurityGroupIds } = resources.BatchSpotEnvironment.Properties.ComputeResources;
  const isGiven = (choice) => choice['Fn::If'][2]['Fn::Split'][1] !== '';
  if (isGiven(Subnets) !== isGiven(SecurityGroupIds))
    throw new Error('Set both subnetIds and securityGroupIds, or neither.');
}

/** Whether any job definition asks for an image of the operator's own. */
export function hasOwnImage(resources) {
  return jobDefinitions(resources).some(({ ContainerProperties }) => ContainerProperties.Image !== '');
}

/**
 * The key of the archive that a finished template's containers fetch.
 * @param {Record<string, { Type: string, Properties?: any }>} resources
 * @returns {string | undefined}
 */
export function archiveKey(resources) {
  return jobDefinitions(resources)
    .flatMap(({ ContainerProperties }) => ContainerProperties.Environment)
    .find(({ Name }) => Name === 'WORKER_ARCHIVE_KEY')?.Value;
}

function jobDefinitions(resources) {
  return Object.values(resources)
    .filter(({ Type }) => Type === 'AWS::Batch::JobDefinition')
    .map(({ Properties }) => Properties);
}

function asText(value) {
  return typeof value === 'object' ? value : String(value);
}
