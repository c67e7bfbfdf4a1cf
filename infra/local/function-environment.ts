import type { BatchAddresses } from './batch/batch.ts';
import { type Broker, known } from './broker.ts';
import { LOCAL_CREDENTIALS, LOCAL_REGION } from './client-options.ts';
import type { JobDefinitionDeclaration } from './declarations/batch.ts';
import type { FunctionDeclaration } from './declarations/functions.ts';
import type { Reference } from './declarations/reference.ts';

/** Where the parts of the stack can be reached. */
export interface Addresses {
  readonly broker: Broker;
  /** Endpoint of the database. */
  readonly database: string;
  /** Logical id to name. */
  readonly tables: ReadonlyMap<string, string>;
  readonly buckets: ReadonlyMap<string, string>;
  readonly batch: BatchAddresses;
}

/** Values over the declared ones; undefined takes a variable away. */
export type EnvironmentOverrides = Readonly<Record<string, string | undefined>>;

/** Variables whose deployed value means nothing on one machine. */
const PLACE_OF_ITS_OWN = ['FFMPEG_PATH', 'FFPROBE_PATH', 'API_TOKEN_PARAMETER', 'PUBLIC_URL'];

/** Settings that whoever starts the stack may give in their own environment. */
const USER_SETTINGS = [
  'FFMPEG_PATH',
  'FFPROBE_PATH',
  'X264_PRESET',
  'X264_CRF',
  'PASS_THROUGH',
  'MAX_SOURCE_BYTES',
  'MAX_SOURCE_SECONDS',
  'MAX_SOURCE_PIXELS',
  'UPLOAD_GRANT_SECONDS',
  'PUBLIC_URL',
  'LOG_LEVEL',
];

/** The part of an environment that functions are given too. */
export function userSettings(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    USER_SETTINGS.flatMap((name) => {
      const value = env[name];
      return value === undefined || value === '' ? [] : [[name, value]];
    }),
  );
}

/** The environment of a function: as declared, with this stack's addresses in the place of references. */
export function functionEnvironment(
  declared: FunctionDeclaration,
  addresses: Addresses,
  overrides: EnvironmentOverrides,
): Record<string, string> {
  const own = {
    AWS_LAMBDA_FUNCTION_NAME: declared.name,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(declared.memoryMb),
  };
  return resolveEnvironment(declared, addresses, { ...own, ...overrides });
}

/** The same of a container. */
export function containerEnvironment(
  declared: JobDefinitionDeclaration,
  addresses: Addresses,
  overrides: EnvironmentOverrides,
): Record<string, string> {
  return resolveEnvironment(declared, addresses, overrides);
}

function resolveEnvironment(
  declared: Pick<FunctionDeclaration, 'environment'>,
  addresses: Addresses,
  overrides: EnvironmentOverrides,
): Record<string, string> {
  const values = Object.entries(declared.environment)
    .filter(([name]) => !PLACE_OF_ITS_OWN.includes(name))
    .map(([name, value]) => [name, typeof value === 'string' ? value : addressOf(value, addresses)]);
  const environment: Record<string, string | undefined> = {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    AWS_ACCESS_KEY_ID: LOCAL_CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: LOCAL_CREDENTIALS.secretAccessKey,
    AWS_ENDPOINT_URL_BATCH: addresses.batch.endpoint,
    AWS_ENDPOINT_URL_SNS: addresses.broker.endpoint,
    AWS_ENDPOINT_URL_SQS: addresses.broker.endpoint,
    AWS_ENDPOINT_URL_DYNAMODB: addresses.database,
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    ...Object.fromEntries(values),
    AWS_REGION: LOCAL_REGION,
    ...overrides,
  };
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function addressOf(reference: Reference, { broker, tables, buckets, batch }: Addresses): string {
  const { resource } = reference;
  if (reference.kind === 'ref') {
    const found =
      tables.get(resource) ??
      buckets.get(resource) ??
      broker.topics.get(resource) ??
      broker.queues.get(resource)?.url ??
      batch.jobQueues.get(resource) ??
      batch.jobDefinitions.get(resource);
    if (found !== undefined) return found;
  } else if (reference.attribute === 'Arn') {
    return known(broker.queues, resource).arn;
  }
  throw new Error(`The embedded stack has no value for ${JSON.stringify(reference)}.`);
}
