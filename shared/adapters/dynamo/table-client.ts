import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { AWS_LIMITS } from '../aws-limits.ts';

/** @param config Defaults to what the environment says (region, credentials, endpoint). */
export function createTableClient(config: DynamoDBClientConfig = {}): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(new DynamoDBClient({ requestHandler: AWS_LIMITS, ...config }), {
    marshallOptions: { removeUndefinedValues: true },
  });
}
