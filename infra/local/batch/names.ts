import { LOCAL_REGION } from '../client-options.ts';
import type { BatchDeclarations } from '../declarations/batch.ts';

export const LOCAL_ACCOUNT = '000000000000';

/** What `Ref` gives of the parts of the embedded Batch: ARNs by logical id. */
export interface BatchNames {
  readonly jobQueues: ReadonlyMap<string, string>;
  readonly jobDefinitions: ReadonlyMap<string, string>;
}

export function batchNames({
  jobQueues,
  jobDefinitions,
}: Pick<BatchDeclarations, 'jobQueues' | 'jobDefinitions'>): BatchNames {
  return {
    jobQueues: new Map(jobQueues.map(({ id, name }) => [id, batchArn(`job-queue/${name}`)])),
    jobDefinitions: new Map(jobDefinitions.map(({ id, name }) => [id, batchArn(`job-definition/${name}:1`)])),
  };
}

export function batchArn(resource: string): string {
  return `arn:aws:batch:${LOCAL_REGION}:${LOCAL_ACCOUNT}:${resource}`;
}
