import { expect, it } from 'vitest';
import { checkGrants, commandsIn } from './grants.ts';

it('reads commands from a bundle, renamed ones too', () => {
  const bundle =
    'a(new GetCommand({}));b(new sqs.SendMessageCommand({}));new GetCommand2();new AssumeRoleCommand();';
  expect(commandsIn(bundle)).toEqual(['GetCommand', 'SendMessageCommand']);
});

it.each([
  ['enough', ['GetCommand'], ['dynamodb:GetItem', 'logs:PutLogEvents'], false, []],
  ['too little', ['GetCommand', 'PublishCommand'], ['dynamodb:GetItem'], false, ['lacks sns:Publish']],
  ['too much', [], ['dynamodb:Scan'], false, ['does not need dynamodb:Scan']],
  ['a queue for nothing', [], ['sqs:SendMessage'], false, ['does not need sqs:SendMessage']],
  ['a queue for failed invocations', [], ['sqs:SendMessage'], true, []],
  ['something new', ['FlyCommand'], [], false, ['lacks an unknown action for FlyCommand']],
])('finds %s', (_, commands, granted, asynchronous, complaints) => {
  expect(checkGrants(commands, granted, asynchronous)).toEqual(complaints);
});
