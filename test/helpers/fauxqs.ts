import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { type FauxqsServer, startFauxqs as start } from 'fauxqs';
import { TEST_AWS } from './test-aws.ts';

export interface Fauxqs {
  /** `http://127.0.0.1:<port>`, for SNS and SQS alike. */
  readonly endpoint: string;
  readonly server: FauxqsServer;
  readonly sns: SNSClient;
  readonly sqs: SQSClient;
  stop(): Promise<void>;
}

/** SNS and SQS in memory, in this process, on a free port of loopback. */
export async function startFauxqs(): Promise<Fauxqs> {
  const server = await start({ port: 0, logger: false, host: '127.0.0.1' });
  const endpoint = `http://127.0.0.1:${server.port}`;
  const sns = new SNSClient({ ...TEST_AWS, endpoint });
  const sqs = new SQSClient({ ...TEST_AWS, endpoint, useQueueUrlAsEndpoint: false });
  return {
    endpoint,
    server,
    sns,
    sqs,
    async stop() {
      sns.destroy();
      sqs.destroy();
      await server.stop();
    },
  };
}
