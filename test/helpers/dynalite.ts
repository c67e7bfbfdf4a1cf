import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { CreateTableCommand, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import dynalite from 'dynalite';
import {
  createJobStore,
  type JobStore,
  type JobStoreOptions,
} from '../../shared/adapters/dynamo/job-store.ts';
import { tableDefinition } from '../../shared/adapters/dynamo/table.ts';
import { createTableClient } from '../../shared/adapters/dynamo/table-client.ts';
import { TEST_AWS } from './test-aws.ts';

export interface Dynalite {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  readonly client: DynamoDBDocumentClient;
  /** Creates a table of the service's definition and answers its store. */
  createStore(table: string, options?: JobStoreOptions): Promise<JobStore>;
  stop(): Promise<void>;
}

/** A DynamoDB engine in memory, in this process, on a free port of loopback. */
export async function startDynalite(): Promise<Dynalite> {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const endpoint = `http://127.0.0.1:${port}`;
  const client = createTableClient({ ...TEST_AWS, endpoint });
  return {
    endpoint,
    client,
    async createStore(table, options) {
      await client.send(new CreateTableCommand(tableDefinition(table)));
      await waitUntilTableExists(
        { client, maxWaitTime: 10, minDelay: 0.02, maxDelay: 0.1 },
        { TableName: table },
      );
      return createJobStore(client, table, options);
    },
    async stop() {
      client.destroy();
      server.closeAllConnections();
      await promisify(server.close.bind(server))();
    },
  };
}
