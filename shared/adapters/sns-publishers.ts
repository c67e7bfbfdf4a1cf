import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import type { EventPublisher, TaskPublisher } from '../core/ports/messaging.ts';

/** Rings doorbells on the topic of tasks; subscriptions filter on the attributes `task` and `lane`. */
export function createTaskPublisher(client: SNSClient, topicArn: string): TaskPublisher {
  return {
    async publish(message) {
      await client.send(
        new PublishCommand({
          TopicArn: topicArn,
          Message: JSON.stringify(message),
          // Queues give jobs their turns: the many pieces of one do not hold up those of another.
          MessageGroupId: message.jobId,
          MessageAttributes: {
            task: { DataType: 'String', StringValue: message.task },
            lane: { DataType: 'String', StringValue: message.lane },
          },
        }),
      );
    },
  };
}

/** Tells subscribers how jobs ended; they may filter on the attribute `type`. */
export function createEventPublisher(client: SNSClient, topicArn: string): EventPublisher {
  return {
    async publish(event) {
      await client.send(
        new PublishCommand({
          TopicArn: topicArn,
          Message: JSON.stringify(event),
          MessageAttributes: { type: { DataType: 'String', StringValue: event.type } },
        }),
      );
    },
  };
}
