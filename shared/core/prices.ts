/** List prices in USD of what a job uses. */
export interface PriceTable {
  readonly lambdaGbSecond: number;
  readonly lambdaRequest: number;
  readonly s3Put: number;
  readonly s3Get: number;
  readonly snsPublish: number;
  readonly sqsRequest: number;
  /** Of one unit: 1 KB written, 4 KB read consistently. */
  readonly dynamoWrite: number;
  readonly dynamoRead: number;
  readonly fargateVcpuHour: number;
  readonly fargateGbHour: number;
  /** Memory that is paid with each vCPU of a container, GB. */
  readonly fargateGbPerVcpu: number;
}

/**
 * us-east-1, x86, on demand, first pricing tier, no free tier; list prices of the AWS pricing pages as of
 * June 2026: Lambda $0.0000166667 per GB-second and $0.20 per million requests, S3 Standard $0.005 per
 * thousand PUTs and $0.0004 per thousand GETs, SNS $0.50, SQS $0.40, DynamoDB on demand $0.625 (write units) and $0.125
 * (read units) per million, Fargate for Linux $0.04048 per vCPU-hour and $0.004445 per GB-hour. 2 GB per vCPU is
 * Fargate's smallest size.
 */
export const US_EAST_1: PriceTable = {
  lambdaGbSecond: 0.0000166667,
  lambdaRequest: 0.0000002,
  s3Put: 0.000005,
  s3Get: 0.0000004,
  snsPublish: 0.0000005,
  sqsRequest: 0.0000004,
  dynamoWrite: 0.000000625,
  dynamoRead: 0.000000125,
  fargateVcpuHour: 0.04048,
  fargateGbHour: 0.004445,
  fargateGbPerVcpu: 2,
};

/**
 * What a container costs for so many seconds of one vCPU, with the memory that comes with it. Its scratch space above
 * Fargate's free 20 GB ($0.000111 per GB-hour) is not in it.
 */
export function containerUsd(vcpuSeconds: number, prices: PriceTable): number {
  const vcpuHour = prices.fargateVcpuHour + prices.fargateGbPerVcpu * prices.fargateGbHour;
  return (vcpuSeconds / 3600) * vcpuHour;
}
