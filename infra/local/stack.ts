import { closeSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pino from 'pino';
import { createJobStore, type JobStore } from '../../shared/adapters/dynamo/job-store.ts';
import { createTableClient } from '../../shared/adapters/dynamo/table-client.ts';
import { createUploadNotifier } from '../../shared/adapters/sqs-upload-notifier.ts';
import { readConfig } from '../../shared/edge/config.ts';
import { createLocalApi } from './api.ts';
import { type Batch, startBatch } from './batch/batch.ts';
import { type Broker, known, startBroker } from './broker.ts';
import { buildFunctions } from './build.ts';
import { localClientOptions } from './client-options.ts';
import { startDatabase } from './database.ts';
import { type Declarations, loadDeclarations } from './declarations/load.ts';
import { forgetRings } from './forget-rings.ts';
import { forgetRuns } from './forget-runs.ts';
import {
  type Addresses,
  containerEnvironment,
  functionEnvironment,
  userSettings,
} from './function-environment.ts';
import { giveBackAttempts } from './give-back-attempts.ts';
import { hasOpenWork } from './has-open-work.ts';
import { emptyScratch, type Home, homeAt, prepareHome } from './home.ts';
import { createHost, type Host } from './host/host.ts';
import { scheduledEvent, startSchedule } from './host/schedule.ts';
import { hostedFunctions } from './hosted-functions.ts';
import { endLeftovers, recordGroups } from './leftovers.ts';
import { lockHome } from './lock.ts';
import { openLog } from './open-log.ts';
import {
  DEFAULT_LEASE_SECONDS,
  DEFAULT_SWEEP_SECONDS,
  type StackOptions,
  stackParams,
} from './stack-options.ts';
import { StartError } from './start-error.ts';
import { uploadSecret } from './upload-secret.ts';
import { openUploads, type Uploads } from './uploads.ts';
import { startWebServer } from './web-server.ts';

/** Part of a lease after which unheld work counts as lost: messages here take no time, and a needless one does no harm. */
const SWEEP_PATIENCE = 0.25;

/** The whole service on one machine. */
export interface Stack {
  /** Of the API, for example `http://localhost:8080`. */
  readonly url: string;
  readonly home: Home;
  readonly store: JobStore;
  readonly uploads: Uploads;
  readonly host: Host;
  readonly batch: Batch;
  readonly broker: Broker;
  readonly declarations: Declarations;
  /** Names of the buckets by logical id. */
  readonly buckets: ReadonlyMap<string, string>;
  /** Runs the scheduled functions now. */
  sweep(): Promise<void>;
  /** Ends every process and server; what was under way is finished by the next stack on the same home. */
  stop(): Promise<void>;
}

/**
 * Starts everything and answers once uploads are taken.
 * @throws HomeLockedError when another stack works on the same home
 * @throws StartError when the home or a setting of the user cannot be used
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  // The project keeps to Node 20 as long as its packages do.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const closers: (() => unknown)[] = [];
  const stop = async (): Promise<void> => {
    const errors: unknown[] = [];
    for (let close = closers.pop(); close !== undefined; close = closers.pop()) {
      await Promise.resolve()
        .then(close)
        .catch((error) => errors.push(error));
    }
    if (errors.length > 0) throw new AggregateError(errors, 'The stack did not stop cleanly.');
  };
  try {
    return await start(options, closers, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(
  options: StackOptions,
  closers: (() => unknown)[],
  stop: () => Promise<void>,
): Promise<Stack> {
  // A container has the whole machine.
  const batchVcpus = os.availableParallelism();
  const declarations = loadDeclarations({ params: { batchVcpus, ...stackParams(options) } });
  const buckets = new Map(
    declarations.buckets.map(({ id }) => [id, id.replace(/Bucket$/, '').toLowerCase()]),
  );
  const tables = new Map(
    declarations.tables.map((table) => [table.id, table.id.replace(/Table$/, '').toLowerCase()]),
  );
  const home = homeAt(options.home);
  closers.push(await lockHome(home.root));
  await endLeftovers(home.groups, home.root);
  await prepareHome(home, [...buckets.values()]);
  const log = pino({ base: {} }, pino.destination({ dest: path.join(home.logs, 'stack.log'), sync: true }));
  const onError = (error: unknown): void => log.error({ err: error }, 'The stack met an error');

  const taking = declarations.functions.filter(
    (fn) => !fn.http && (options.functions?.includes(fn.name) ?? true),
  );
  const [build, broker, database] = await Promise.all([
    buildFunctions(taking.map((fn) => fn.folder)),
    startBroker(declarations).then((started) => {
      closers.push(started.stop);
      return started;
    }),
    startDatabase(
      home.database,
      new Map(declarations.tables.map((table) => [known(tables, table.id), table])),
    ).then((started) => {
      closers.push(started.stop);
      return started;
    }),
  ]);

  const leaseSeconds = options.leaseSeconds ?? DEFAULT_LEASE_SECONDS;
  const patienceSeconds = leaseSeconds * SWEEP_PATIENCE;
  const overrides = {
    ...userSettings(process.env),
    OBJECTS_URL: home.objectsUrl,
    SCRATCH_DIR: home.scratch,
    SWEEP_AFTER_SECONDS: String(patienceSeconds),
    ...options.environment,
  };
  const workerLog = openLog(path.join(home.logs, 'batch-worker.log'));
  closers.push(() => closeSync(workerLog));
  const places = { broker, database: database.endpoint, tables, buckets };
  const batch = await startBatch({
    declared: declarations,
    place: { runtime: build.containerRuntime, worker: build.worker, home: home.root, log: workerLog },
    broker,
    environmentOf: (definition, own) =>
      containerEnvironment(definition, { ...places, batch: own }, overrides),
    stopSeconds: options.containerStopSeconds,
    reclaimSeconds: options.spotNoticeSeconds,
    onError,
  });
  closers.push(batch.stop);
  const addresses: Addresses = { ...places, batch: batch.addresses };
  const hosted = hostedFunctions({
    declared: taking,
    home,
    build,
    addresses,
    overrides,
    visibilitySeconds: options.visibilitySeconds,
    workers: options.workersPerFunction,
  });
  closers.push(hosted.closeLogs, () => emptyScratch(home));
  const client = createTableClient(localClientOptions(database.endpoint));
  closers.push(() => client.destroy());
  const api = declarations.functions.find((fn) => fn.http);
  if (api === undefined) throw new Error('The declarations have no function for the HTTP API.');
  const config = usable(() => readConfig(functionEnvironment(api, addresses, overrides)));
  const table = known(tables, 'JobsTable');
  const store = createJobStore(client, table, { keepDays: config.keepJobsDays });
  closers.push(async () => {
    await batch.stop();
    await giveBackAttempts(client, table, store, Date.now());
  });
  const host = createHost(hosted.functions, broker.sqs, onError);
  recordGroups(home.groups, host.events, batch.events);
  closers.push(host.stop);
  const uploadsBucket = uploadsOf(declarations);
  const notifier = createUploadNotifier(broker.sqs, known(broker.queues, uploadsBucket.queue).url, Date.now);

  // What a stack before this one left is swept at once, when all it let go of counts as lost, and when its leases do.
  const isResumed = await hasOpenWork(store);
  if (isResumed) {
    await forgetRuns(client, table, store);
    await forgetRings(client, table, store);
  }
  await host.start();
  const uploads = await openUploads(home.root, known(buckets, uploadsBucket.id), {
    jobs: store,
    notifier,
    onError,
  });
  closers.push(uploads.stop);

  const scheduled = taking.filter((fn) => fn.everySeconds !== null).map((fn) => fn.name);
  const sweep = async (): Promise<void> => {
    await Promise.all(scheduled.map((name) => host.invoke(name, scheduledEvent(name, new Date()))));
  };
  const endSchedule = startSchedule(
    () => sweep().catch(onError),
    (options.sweepSeconds ?? DEFAULT_SWEEP_SECONDS) * 1000,
    isResumed ? [0, patienceSeconds * 1000, (leaseSeconds + patienceSeconds) * 1000] : [],
  );
  closers.push(endSchedule);

  const web = await startWebServer(
    createLocalApi({
      config,
      store,
      uploads,
      secret: await uploadSecret(home.root),
      maxWaitSeconds: options.maxWaitSeconds ?? 20,
      log,
    }),
    options.port ?? 0,
  );
  closers.push(web.stop);
  return { url: web.url, home, store, uploads, host, batch, broker, declarations, buckets, sweep, stop };
}

/** What is declared is right: only what the user set can be wrong. */
function usable<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new StartError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** The bucket whose new objects a queue is told of. */
function uploadsOf({ buckets }: Declarations): { readonly id: string; readonly queue: string } {
  for (const { id, notifies } of buckets) if (notifies !== null) return { id, queue: notifies };
  throw new Error('The declarations have no bucket that tells a queue of uploads.');
}
