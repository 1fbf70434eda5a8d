import { PermanentError } from '../../shared/domain/base/errors.ts';
import { readMessage, writeMessage } from '../../shared/domain/state/job/message.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';

const cancelRunning: Scenario = {
  name: 'cancel while running',
  act: async (client) => {
    const { job } = await client.submit({ payload: { seconds: 35 } });
    if (!job) return;
    await client.until(job.id, 'running');
    await client.pause(2_000);
    await client.cancel(job.id);
  },
  assert: (world) => expectStatus(world, 'canceled', 'failed', 'succeeded'),
};

/** It keeps the mark of the message that admitted it, until it ends. */
export const cancelDependent: Scenario = {
  name: 'a job that depended on another one is canceled while it runs',
  act: async (client) => {
    const { job: first } = await client.submit({ payload: { seconds: 3 } });
    const { job } = await client.submit({ payload: { seconds: 9 }, dependsOn: first ? [first.id] : [] });
    if (!job) return;
    await client.until(job.id, 'running');
    await client.pause(2_000);
    await client.cancel(job.id);
  },
  assert: (world) => expectStatus(world, 'canceled', 'failed', 'succeeded'),
};

const cancelQueued: Scenario = {
  name: 'cancel while waiting for another attempt, then retry',
  act: async (client) => {
    const { job } = await client.submit({ payload: { seconds: 1, failFirst: 1 } });
    if (!job) return;
    await client.pause(300);
    const { status } = await client.cancel(job.id);
    if (status === 202) await client.retry(job.id);
  },
};

/** Fails in its first run, and succeeds in the third attempt of its second. */
const failsOnce: Scenario = {
  name: 'retry by the user while old copies are in the queue',
  arrange: (world) => {
    world.handlers = {
      ...world.handlers,
      counting: async (payload, job) => {
        if ((world.table.items.get(job.id)?.run ?? 0) < 2) throw new PermanentError('not in this run');
        if (job.attempt < 3) throw new Error('not in this attempt');
        return { seconds: payload.seconds };
      },
    };
  },
  act: async (client, world) => {
    const { job } = await client.insist({ key: 'k' });
    if (!job) return;
    const [copy] = world.queue.bodies;
    if (copy)
      for (const delayMs of [500, 1_000, 1_500, 2_500, 4_000, 30_000, 400_000])
        world.queue.send(copy, { delayMs });
    await client.until(job.id, 'failed');
    await Promise.all([client.retry(job.id), client.retry(job.id)]);
  },
  assert: (world) => expectStatus(world, 'succeeded', 'failed'),
};

const canceledWithCopies: Scenario = {
  name: 'retry of a canceled job while old copies are in the queue',
  act: async (client, world) => {
    const { job } = await client.insist({ key: 'k', payload: { seconds: 9, failFirst: 1 } });
    if (!job) return;
    const [copy] = world.queue.bodies;
    if (copy) for (const delayMs of [500, 2_500, 7_000, 40_000]) world.queue.send(copy, { delayMs });
    await client.pause(3_000);
    await client.cancel(job.id);
    await client.until(job.id, 'canceled');
    await Promise.all([client.retry(job.id), client.retry(job.id)]);
  },
  assert: (world) => expectStatus(world, 'succeeded', 'failed', 'canceled'),
};

/** Nobody makes the call again: the receiver of the message begins the run. */
const retryDies: Scenario = {
  name: 'the call of a retry dies when it has sent the message of the next run',
  act: async (client, world) => {
    const { job } = await client.insist({ key: 'k', payload: { seconds: 0, failFirst: 1 }, maxAttempts: 1 });
    if (!job) return;
    const { message: kept = '' } = (await client.until(job.id, 'failed', 'succeeded')) ?? {};
    const message = readMessage(kept);
    if (message instanceof Error) return;
    world.queue.send(writeMessage({ ...message, run: 2, retriedBy: 'somebody' }));
    await client.pause(1_000);
  },
  assert: (world) => {
    for (const { id, run } of world.table.items.values())
      if (run < 2 && !world.settings.plan)
        throw new Violation('a retry whose message is sent takes place', `${id} is of run ${run}`);
  },
};

/** Users cancel and retry jobs. */
export const cancelScenarios: readonly Scenario[] = [
  cancelRunning,
  cancelQueued,
  failsOnce,
  canceledWithCopies,
  retryDies,
];
