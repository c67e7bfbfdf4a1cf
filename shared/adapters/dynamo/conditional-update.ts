import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { expressionParts, ifConditionHolds } from './expressions.ts';
import type { ItemKey } from './item-keys.ts';

export interface ConditionalUpdate {
  /** `SET … REMOVE …`, names as `#name`, values as `:name`. */
  readonly update: string;
  readonly condition: string;
  /** By name without the colon; those that no expression mentions are left out. */
  readonly values?: Readonly<Record<string, unknown>>;
}

/** Updates one item when the condition holds: the item as written, or undefined. */
export type UpdateItem = (
  key: ItemKey,
  write: ConditionalUpdate,
) => Promise<Record<string, unknown> | undefined>;

export function createUpdateItem(client: DynamoDBDocumentClient, table: string): UpdateItem {
  return async (key, { update, condition, values = {} }) => {
    const command = new UpdateCommand({
      TableName: table,
      Key: key,
      UpdateExpression: update,
      ConditionExpression: condition,
      ...expressionParts([update, condition], values),
      ReturnValues: 'ALL_NEW',
    });
    const written = await ifConditionHolds(client.send(command));
    return written && (written.Attributes ?? {});
  };
}
