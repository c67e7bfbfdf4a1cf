/** IAM action that each SDK command needs. */
const ACTIONS: Readonly<Record<string, string>> = {
  GetObjectCommand: 's3:GetObject',
  HeadObjectCommand: 's3:GetObject',
  PutObjectCommand: 's3:PutObject',
  CreateMultipartUploadCommand: 's3:PutObject',
  UploadPartCommand: 's3:PutObject',
  CompleteMultipartUploadCommand: 's3:PutObject',
  ListPartsCommand: 's3:ListMultipartUploadParts',
  DeleteObjectCommand: 's3:DeleteObject',
  ListObjectsV2Command: 's3:ListBucket',
  GetItemCommand: 'dynamodb:GetItem',
  GetCommand: 'dynamodb:GetItem',
  PutItemCommand: 'dynamodb:PutItem',
  PutCommand: 'dynamodb:PutItem',
  UpdateItemCommand: 'dynamodb:UpdateItem',
  UpdateCommand: 'dynamodb:UpdateItem',
  DeleteItemCommand: 'dynamodb:DeleteItem',
  DeleteCommand: 'dynamodb:DeleteItem',
  QueryCommand: 'dynamodb:Query',
  BatchGetItemCommand: 'dynamodb:BatchGetItem',
  BatchGetCommand: 'dynamodb:BatchGetItem',
  PublishCommand: 'sns:Publish',
  SendMessageCommand: 'sqs:SendMessage',
  SendMessageBatchCommand: 'sqs:SendMessage',
  ChangeMessageVisibilityCommand: 'sqs:ChangeMessageVisibility',
  GetQueueUrlCommand: 'sqs:GetQueueUrl',
  GetParameterCommand: 'ssm:GetParameter',
  SubmitJobCommand: 'batch:SubmitJob',
  DescribeJobsCommand: 'batch:DescribeJobs',
  TerminateJobCommand: 'batch:TerminateJob',
};

/** Inside the SDK, on paths that are not taken, or only by those who write: sources of credentials, pages of a scan, tags. */
const NEVER_SENT = [
  'AbortMultipartUploadCommand',
  'AssumeRoleCommand',
  'AssumeRoleWithWebIdentityCommand',
  'CreateOAuth2TokenCommand',
  'CreateTokenCommand',
  'GetCredentialsForIdentityCommand',
  'GetIdCommand',
  'GetRoleCredentialsCommand',
  'CreateSessionCommand',
  // Not the SDK's: fluent-ffmpeg's own class.
  'FfmpegCommand',
  'PutObjectTaggingCommand',
  'ScanCommand',
];

/** What AWS does under the function's role, or what a command needs only for certain objects and answers. */
const BESIDE_COMMANDS = [
  'logs:CreateLogStream',
  'logs:PutLogEvents',
  'sqs:ReceiveMessage',
  'sqs:DeleteMessage',
  'sqs:GetQueueAttributes',
  's3:GetObjectVersion',
  's3:ListBucket',
  's3:AbortMultipartUpload',
];

/** Names of the SDK commands that a bundle makes, sorted. */
export function commandsIn(bundle: string): string[] {
  const made = [...bundle.matchAll(/\bnew (?:\w+\.)?([A-Z]\w*Command)\d*\(/g)].map(([, name = '']) => name);
  return [...new Set(made)].filter((name) => !NEVER_SENT.includes(name)).sort();
}

/**
 * Actions that the commands need and the role lacks, and those it has for nothing.
 * @param asynchronous whether AWS itself sends failed invocations to a queue under the role
 */
export function checkGrants(
  commands: readonly string[],
  granted: readonly string[],
  asynchronous: boolean,
): string[] {
  const needed = commands.map((name) => ACTIONS[name] ?? `an unknown action for ${name}`);
  const used = [...needed, ...BESIDE_COMMANDS, ...(asynchronous ? ['sqs:SendMessage'] : [])];
  return [
    ...[...new Set(needed)].filter((action) => !granted.includes(action)).map((action) => `lacks ${action}`),
    ...[...new Set(granted)]
      .filter((action) => !used.includes(action))
      .map((action) => `does not need ${action}`),
  ];
}
