/** What the simulation rests on. Seconds, bytes a second, or plain factors. */
export interface Numbers {
  readonly uploadEventSeconds: number;
  readonly coldStartSeconds: number;
  readonly mbPerVcpu: number;
  readonly threadEfficiency: number;
  readonly firstInvokes: number;
  readonly invokesPerSecond: number;
  readonly mostInvokes: number;
  readonly invokesPerPoller: number;
  readonly provisionedPerSecond: number;
  readonly environmentBurst: number;
  readonly environmentsPerSecond: number;
  readonly messageSeconds: number;
  readonly asyncSeconds: number;
  readonly publishBatchSeconds: number;
  readonly publishLanes: number;
  readonly objectSeconds: number;
  readonly networkBytesPerSecond: number;
  readonly tableSeconds: number;
  readonly tableWritesPerSecond: number;
  readonly tableReadsPerSecond: number;
  readonly heartbeatSeconds: number;
  readonly chunkOverhead: number;
  readonly chunkReads: number;
  readonly slowdownSigma: number;
  readonly stragglerShare: number;
  readonly stragglerFactor: number;
  readonly tileSeconds: number;
  readonly containerStartSeconds: number;
  readonly containerBilledStartSeconds: number;
}

export const NUMBERS: Numbers = {
  uploadEventSeconds: 1,
  coldStartSeconds: 1.5,
  mbPerVcpu: 1769,
  threadEfficiency: 0.85,
  firstInvokes: 5,
  invokesPerSecond: 5,
  mostInvokes: 1000,
  invokesPerPoller: 10,
  provisionedPerSecond: 1000 / 60,
  environmentBurst: 1000,
  environmentsPerSecond: 100,
  messageSeconds: 0.15,
  asyncSeconds: 0.1,
  publishBatchSeconds: 0.03,
  publishLanes: 10,
  objectSeconds: 0.1,
  networkBytesPerSecond: 75e6,
  tableSeconds: 0.01,
  tableWritesPerSecond: 1000,
  tableReadsPerSecond: 3000,
  heartbeatSeconds: 5,
  chunkOverhead: 1.15,
  chunkReads: 1.4,
  slowdownSigma: 0.15,
  stragglerShare: 0.01,
  stragglerFactor: 2,
  tileSeconds: 0.011,
  containerStartSeconds: 60,
  containerBilledStartSeconds: 30,
};

/** Where each number comes from; AWS documentation by its title. */
export const SOURCES: Readonly<Record<keyof Numbers, string>> = {
  uploadEventSeconds: 'S3 User Guide, "Amazon S3 Event Notifications": seconds; taken as one',
  coldStartSeconds:
    'a zip of 61 MB (measured); AWS SDK functions on Node.js are reported to take 1.0 to 1.7 s; not measured here',
  mbPerVcpu: 'Lambda Developer Guide, "Configure Lambda function memory": 1,769 MB are one vCPU',
  threadEfficiency: 'shared/core/route/predict.ts; frame threads cost 10 to 14 % (measured)',
  firstInvokes: 'Lambda Developer Guide, "Configuring scaling behavior for SQS event source mappings"',
  invokesPerSecond: 'the same: up to 300 more concurrent invokes a minute',
  mostInvokes: 'the same: 1,250; the setting of a maximum concurrency ends at 1,000',
  invokesPerPoller:
    'the same, provisioned mode: the setting chunkPollers; each is kept for $0.00925 an hour, not in the costs below',
  provisionedPerSecond: 'the same: up to 1,000 more concurrent invokes a minute',
  environmentBurst: 'Lambda Developer Guide, "Lambda scaling behavior": 1,000 environments every 10 seconds',
  environmentsPerSecond: 'the same, refilled continuously',
  messageSeconds: 'SNS to SQS to a waiting poller: assumed, not measured here',
  asyncSeconds: 'asynchronous invocation, to its start: assumed, not measured here',
  publishBatchSeconds: 'SNS PublishBatch of ten messages: assumed, not measured here',
  publishLanes: 'requests in flight when dispatch publishes or writes',
  objectSeconds:
    'S3 User Guide, "Best practices design patterns: optimizing Amazon S3 performance": 100 to 200 ms to the first byte',
  networkBytesPerSecond:
    'a function moves about 600 Mbit/s, as published measurements say; not measured here',
  tableSeconds: 'DynamoDB Developer Guide: single-digit milliseconds; rounded up',
  tableWritesPerSecond:
    'DynamoDB Developer Guide, "Best practices for designing partition keys": one partition',
  tableReadsPerSecond: 'the same, units of 4 KB read consistently',
  heartbeatSeconds: 'of a chunk, as designed',
  chunkOverhead:
    "CPU of all chunks against one unchunked encode: the bench row's limit, more than the 1.04 to 1.09 measured",
  chunkReads: "bytes that a chunk reads of the source against its part of it: the bench row's limit",
  slowdownSigma: 'log-normal pace of one run, 99 % within 1.42 of the median: assumed, not measured here',
  stragglerShare: 'of runs that are far slower: assumed, not measured here',
  stragglerFactor: 'how much slower those are: assumed, not measured here',
  tileSeconds: 'of a keyframe of the 480p rendition: 0.34 CPU s for 30 (measured)',
  containerStartSeconds:
    'Fargate, from submission to the first line of code: about a minute; assumed, not measured here',
  containerBilledStartSeconds: 'AWS Fargate pricing: from the pull of the image on, a minute at least',
};
