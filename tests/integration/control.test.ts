import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from './eventually.ts';
import { type System, startSystem } from './system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
  system.start();
});
afterAll(() => system.stop());

const post = (id: string, what: 'cancel' | 'retry') => system.call('POST', `/jobs/${id}/${what}`);
const untilRunning = (id: string) =>
  eventually(async () => (await system.get(id)).status === 'running' || undefined, 'the job to run');

test('a running job stops within a heartbeat when it is canceled, and commits no result', async () => {
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

test('a canceled job runs when it is retried, to its result', async () => {
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

test('a job canceled before its next attempt is canceled at once, and can be retried while its message is out', async () => {
  const { id } = await system.submit('countdown', { seconds: 0, failFirst: 1 });
  await eventually(async () => (await system.get(id)).history.length === 2 || undefined, 'the first attempt');
  const canceled = await post(id, 'cancel');
  // The backoff is random and may be over already.
  if (canceled.status === 200) expect((await post(id, 'retry')).status).toBe(202);
  expect((await system.finished(id)).status).toBe('succeeded');
});

test('an unreadable message is kept for a person', async () => {
  await system.send('{"neither": "here nor there"}');
  const kept = await eventually(async () => {
    const messages = await system.peek('quarantine');
    return messages.length > 0 ? messages : undefined;
  }, 'the message in quarantine');
  expect(kept).toEqual([
    { body: '{"neither": "here nor there"}', reason: expect.stringContaining('tenant') },
  ]);
  await system.drained();
});
