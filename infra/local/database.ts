import type { Server } from 'node:http';
import {
  CreateTableCommand,
  DynamoDBClient,
  ResourceInUseException,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { localClientOptions } from './client-options.ts';
import type { TableDeclaration } from './declarations/resources.ts';

/** DynamoDB on disk, listening on loopback only. */
export interface Database {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/**
 * Starts the engine on `folder` and creates the declared tables that are not there yet.
 * @param tables name of each table and its declaration
 */
export async function startDatabase(
  folder: string,
  tables: ReadonlyMap<string, TableDeclaration>,
): Promise<Database> {
  const server = dynalite({ path: folder, createTableMs: 0 });
  const endpoint = `http://127.0.0.1:${await listen(server)}`;
  const client = new DynamoDBClient(localClientOptions(endpoint));
  const stop = (): Promise<void> =>
    new Promise((resolve, reject) => {
      server.close((error) => (error === undefined || error === null ? resolve() : reject(error)));
      server.closeAllConnections();
    });
  try {
    for (const [name, table] of tables) {
      await createTable(client, name, table);
      // A table takes a moment to become active, and answers like a missing one until then.
      await waitUntilTableExists(
        { client, maxWaitTime: 10, minDelay: 0.02, maxDelay: 0.1 },
        { TableName: name },
      );
    }
  } catch (error) {
    await stop();
    throw error;
  } finally {
    client.destroy();
  }
  return { endpoint, stop };
}

async function createTable(client: DynamoDBClient, name: string, table: TableDeclaration): Promise<void> {
  try {
    await client.send(
      new CreateTableCommand({
        TableName: name,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: table.AttributeDefinitions,
        KeySchema: table.KeySchema,
        GlobalSecondaryIndexes: table.GlobalSecondaryIndexes.map(({ Projection, ...index }) => ({
          ...index,
          Projection: {
            ProjectionType: Projection.ProjectionType,
            ...(Projection.NonKeyAttributes === undefined
              ? {}
              : { NonKeyAttributes: Projection.NonKeyAttributes }),
          },
        })),
      }),
    );
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address !== null && typeof address === 'object') resolve(address.port);
      else reject(new Error('The database has no port.'));
    });
  });
}
