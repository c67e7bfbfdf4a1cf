import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';

/** Index of all jobs, newest first: (listPk, listSk). Carries `state`, so that it is written only when that changes. */
export const LIST_INDEX = 'list';
/** Sparse index of what is not over yet, oldest first: (openPk, openSk). Keys only. */
export const OPEN_INDEX = 'open';
/** Epoch seconds after which the table deletes an item, within days; an item without it stays. */
export const DELETE_AT = 'deleteAt';

/**
 * The table of all state. Items, by (pk, sk):
 * - `JOB#<id>`, `HEADER`: the job
 * - `JOB#<id>`, `TASK#<name>`: one task
 * - `JOB#<id>`, `CHUNK#<name>`: one chunk
 * - `JOB#<id>`, `CHUNKS`: which chunks have succeeded
 * - `JOB#<id>`, `BATCH`: the container that works on the job
 * - `SOURCE#<bucket>#<key>`, `CLAIM#<hash>`: one upload under one profile, and the id of its job
 * - `SOURCE#<bucket>#<key>`, `LATEST`: the newest sequencer seen
 * - `SOURCE#<bucket>#<key>`, `RESERVATION`: the id an upload grant keeps for the key
 * - `KEY#<key>`, `<createdAt>#<id>`: the jobs of one key
 */
export function tableDefinition(tableName: string): CreateTableCommandInput {
  return {
    TableName: tableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: ['pk', 'sk', 'listPk', 'listSk', 'openPk', 'openSk'].map((name) => ({
      AttributeName: name,
      AttributeType: 'S',
    })),
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: LIST_INDEX,
        KeySchema: [
          { AttributeName: 'listPk', KeyType: 'HASH' },
          { AttributeName: 'listSk', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['state'] },
      },
      {
        IndexName: OPEN_INDEX,
        KeySchema: [
          { AttributeName: 'openPk', KeyType: 'HASH' },
          { AttributeName: 'openSk', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
    ],
  };
}
