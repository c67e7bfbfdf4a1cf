import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';

/** The client, which sends its `nth` update two times: it did not hear the first answer. */
export function sendTwice(client: DynamoDBDocumentClient, nth: number): DynamoDBDocumentClient {
  let seen = 0;
  return new Proxy(client, {
    get(target, name, receiver) {
      const value: unknown = Reflect.get(target, name, receiver);
      if (name !== 'send' || typeof value !== 'function') return value;
      return async (command: object) => {
        if (command instanceof UpdateCommand) {
          seen += 1;
          if (seen === nth) await Reflect.apply(value, target, [command]);
        }
        return Reflect.apply(value, target, [command]);
      };
    },
  });
}
