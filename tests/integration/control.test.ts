import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from './eventually.ts';
import { type System, startSystem } from './system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
  system.start();
});
afterAll(() => system.stop());

const post = (id: string, action: 'cancel' | 'retry') => system.call('POST', `/jobs/${id}/${action}`);
const untilRunning = (id: string) =>
  eventually(async () => (await system.get(id)).status === 'running' || undefined, 'the job to run');

test('a running job that is canceled stops within 5 seconds, without a result', async () => {
  const { id } = await system.submit('countdown', { seconds: 30 });
  await untilRunning(id);
  expect((await post(id, 'cancel')).status).toBe(202);
  const canceledAt = Date.now();
  const job = await system.finished(id);
  expect(Date.now() - canceledAt).toBeLessThan(5_000);
  expect(job).toMatchObject({ status: 'canceled', result: null });
  expect((await post(id, 'cancel')).status).toBe(200);
  await system.drained();
});

test('a finished job can be neither canceled nor retried', async () => {
  const { id } = await system.submit('countdown', { seconds: 0 });
  await system.finished(id);
  expect((await post(id, 'cancel')).status).toBe(409);
  expect((await post(id, 'retry')).status).toBe(409);
});

test('a canceled job that is retried runs and succeeds', async () => {
  const { id } = await system.submit('countdown', { seconds: 3 });
  await untilRunning(id);
  await post(id, 'cancel');
  await system.finished(id);
  expect((await post(id, 'retry')).status).toBe(202);
  const job = await system.finished(id);
  expect(job).toMatchObject({ status: 'succeeded', attempt: 1, result: { seconds: 3 } });
  expect(job.history.map(({ event }) => event)).toEqual([
    'started',
    'canceled',
    'resubmitted',
    'started',
    'succeeded',
  ]);
});

test('a job that is canceled during its backoff is canceled at once, and can be retried while its old message exists', async () => {
  const { id } = await system.submit('countdown', { seconds: 0, failFirst: 1 });
  await eventually(async () => (await system.get(id)).history.length === 2 || undefined, 'the first attempt');
  const canceled = await post(id, 'cancel');
  // The backoff is random. If it is over already, the second attempt may end before it sees the cancel.
  const isCanceled = canceled.status === 200 || (await system.finished(id)).status === 'canceled';
  if (isCanceled) expect((await post(id, 'retry')).status).toBe(202);
  expect((await system.finished(id)).status).toBe('succeeded');
});

test('a message that cannot be read is quarantined with a reason', async () => {
  await system.send('{"neither": "here nor there"}');
  const quarantined = await eventually(async () => {
    const messages = await system.receive('quarantine');
    return messages.length > 0 ? messages : undefined;
  }, 'the message in quarantine');
  expect(quarantined).toEqual([
    { body: '{"neither": "here nor there"}', reason: expect.stringContaining('tenant') },
  ]);
  await system.drained();
});
