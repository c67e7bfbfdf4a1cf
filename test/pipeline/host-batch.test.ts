import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { CancelJobCommand, SubmitJobCommand, TerminateJobCommand } from '@aws-sdk/client-batch';
import { afterEach, expect, test } from 'vitest';
import { groupMembers, killGroup } from '../../infra/local/host/process-groups.ts';
import { startTestBatch, type TestBatch, type TestBatchOptions } from '../helpers/test-batch.ts';

const EXITED = 'Essential container in task exited';

let service: TestBatch | undefined;

afterEach(async () => {
  await service?.stop();
  service = undefined;
});

async function start(options: TestBatchOptions = {}): Promise<TestBatch> {
  service = await startTestBatch(options);
  return service;
}

test('a job runs, is described and told of; its environment is what was declared and asked for', async () => {
  const { submit, ended, told, home } = await start();
  const id = await submit('look');
  expect(await ended(id)).toMatchObject({
    jobId: id,
    jobName: 'test',
    jobQueue: 'arn:aws:batch:us-east-1:000000000000:job-queue/spot',
    jobDefinition: 'arn:aws:batch:us-east-1:000000000000:job-definition/worker:1',
    status: 'SUCCEEDED',
    parameters: { jobId: 'j' },
    container: { exitCode: 0, environment: [{ name: 'ACT', value: 'look' }] },
    attempts: [{ container: { exitCode: 0 }, statusReason: EXITED }],
  });
  expect(await told(1)).toEqual([[id, 'SUCCEEDED']]);
  const seen = JSON.parse(await readFile(path.join(home, 'container.log'), 'utf8'));
  expect(seen).toEqual({
    ACT: 'look',
    GREETING: 'hello',
    AWS_BATCH_JOB_ID: id,
    AWS_BATCH_JOB_ATTEMPT: '1',
    AWS_BATCH_JQ_NAME: 'spot',
  });
});

test('the rules of the definition say whether a failed attempt is followed by another', async () => {
  const { submit, ended, started } = await start();
  const again = await ended(await submit('fail once'));
  expect([again?.status, again?.attempts?.map(({ container }) => container?.exitCode)]).toEqual([
    'SUCCEEDED',
    [75, 0],
  ]);
  const failed = await ended(await submit('fail'));
  expect([failed?.status, failed?.attempts?.length]).toEqual(['FAILED', 1]);
  const killed = await submit('obey');
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    killGroup(await started(killed));
    await once(service?.batch.events ?? expect.fail(), 'ended');
  }
  expect((await ended(killed))?.attempts?.map(({ container }) => container?.exitCode)).toEqual([
    137, 137, 137,
  ]);
});

test.each([
  ['ends in order', 'obey', 143],
  ['does not listen', 'disobey', 137],
])('a job over its time that %s has failed, with all it started', async (_, act, exitCode) => {
  const { submit, ended, started } = await start({ timeoutSeconds: 1.5, stopSeconds: 0.2 });
  const id = await submit(act);
  const group = await started(id);
  expect(await ended(id)).toMatchObject({
    status: 'FAILED',
    statusReason: 'Job attempt duration exceeded timeout',
    container: { exitCode },
    attempts: [{}],
  });
  expect(await groupMembers(group)).toEqual([]);
});

test('a job over its memory is killed, and tried again', async () => {
  const { submit, ended } = await start({ memoryMb: 150 });
  const job = await ended(await submit('hog'));
  expect(job).toMatchObject({ status: 'FAILED', statusReason: EXITED });
  const end = { exitCode: 137, reason: 'OutOfMemoryError: Container killed due to memory usage' };
  expect(job?.attempts).toMatchObject([{ container: end }, { container: end }, { container: end }]);
});

test('what waits is served by priority, then by age, and can be canceled or held', async () => {
  const { batch, client, submit, ended, describe, started } = await start();
  const order: string[] = [];
  batch.events.on('started', ({ job }) => order.push(job.id));
  const first = await submit('obey');
  await started(first);
  const [second, third] = [await submit('succeed'), await submit('succeed')];
  const urgent = await submit('succeed', 'on-demand');
  const canceled = await submit('succeed');
  expect((await describe(canceled))?.status).toBe('RUNNABLE');
  await client.send(new CancelJobCommand({ jobId: canceled, reason: 'Changed my mind.' }));
  await client.send(new CancelJobCommand({ jobId: first, reason: 'It runs.' }));
  expect(await ended(canceled)).toMatchObject({ status: 'FAILED', statusReason: 'Changed my mind.' });
  const release = batch.hold('Spot');
  await client.send(new TerminateJobCommand({ jobId: first, reason: 'Enough.' }));
  expect(await ended(first)).toMatchObject({
    status: 'FAILED',
    statusReason: 'Enough.',
    container: { exitCode: 143 },
  });
  await ended(urgent);
  expect((await describe(second))?.status).toBe('RUNNABLE');
  release();
  await ended(third);
  expect(order).toEqual([first, urgent, second, third]);
});

test('Spot takes a container away, and only from its own queue', async () => {
  const { batch, submit, ended, started } = await start();
  const id = await submit('obey');
  await started(id);
  batch.reclaim(id);
  expect(await ended(id)).toMatchObject({
    status: 'FAILED',
    statusReason: 'Your Spot Task was interrupted.',
    container: { exitCode: 143 },
    attempts: [{}],
  });
  const paid = await submit('obey', 'on-demand');
  await started(paid);
  expect(() => batch.reclaim(paid)).toThrow('has no container that Spot could take away');
});

test('a job that is forgotten ends, and nobody is told', async () => {
  const { batch, submit, started, describe, told, client } = await start();
  const id = await submit('disobey');
  const group = await started(id);
  await batch.forget(id);
  expect(await groupMembers(group)).toEqual([]);
  expect(await describe(id)).toBeUndefined();
  expect(await told(0)).toEqual([]);
  await expect(client.send(new TerminateJobCommand({ jobId: id, reason: 'Gone.' }))).rejects.toThrow(
    `Job ${id} does not exist.`,
  );
});

test('nobody but the SDK may start a job, and nothing is passed over that is asked for', async () => {
  const { batch, client } = await start();
  const { endpoint } = batch.addresses;
  const body = JSON.stringify({ jobName: 'a', jobQueue: 'spot', jobDefinition: 'worker' });
  const page = await fetch(`${endpoint}/v1/submitjob`, { method: 'POST', body });
  const rebound = await fetch(`${endpoint.replace('127.0.0.1', 'localhost')}/v1/submitjob`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json' },
  });
  expect([page.status, rebound.status]).toEqual([403, 403]);
  const job = { jobName: 'a', jobQueue: 'spot', jobDefinition: 'worker' };
  await expect(client.send(new SubmitJobCommand({ ...job, jobQueue: 'nowhere' }))).rejects.toMatchObject({
    name: 'ClientException',
    message: 'nowhere does not exist.',
  });
  await expect(client.send(new SubmitJobCommand({ ...job, dependsOn: [{ jobId: 'b' }] }))).rejects.toThrow(
    'dependsOn',
  );
  expect(batch.jobs()).toEqual([]);
});
