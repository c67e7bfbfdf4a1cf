import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { AWS_LIMITS } from './aws-limits.ts';

/** @param config Beside what the environment says (region, credentials, endpoint). */
export function createS3Client(config: S3ClientConfig = {}): S3Client {
  return new S3Client({ requestHandler: AWS_LIMITS, ...config });
}
