import { retentionMs } from './limits.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';

const succeeds: Scenario = {
  name: 'one job',
  act: async (client) => {
    await client.submit();
  },
  assert: (world) => expectStatus(world, 'succeeded', 'failed'),
};

const beats: Scenario = {
  name: 'a job of several heartbeats',
  act: async (client) => {
    await client.submit({ payload: { seconds: 20 } });
  },
};

const retries: Scenario = {
  name: 'a failing job with retries',
  act: async (client) => {
    await client.submit({ payload: { seconds: 1, failFirst: 2 } });
  },
};

const strayCopies: Scenario = {
  name: 'stray copies during a backoff',
  act: async (client, world) => {
    await client.submit({ payload: { seconds: 1, failFirst: 3 }, maxAttempts: 4 });
    const [copy] = world.queue.bodies;
    if (copy) for (const delayMs of [50, 400, 1_500, 4_000, 9_000]) world.queue.send(copy, { delayMs });
  },
};

const failsForGood: Scenario = {
  name: 'a job that fails for good',
  act: async (client) => {
    await client.submit({ payload: { seconds: 0, failFirst: 9 }, maxAttempts: 2 });
    await client.submit({ payload: 'not a payload' });
  },
  assert: (world) => expectStatus(world, 'failed'),
};

const batch: Scenario = {
  name: 'a mixed batch of ten',
  act: async (client, world) => {
    world.queue.send('unreadable', { delayMs: 1_000 });
    await Promise.all([
      ...[0, 1, 2].map((seconds) => client.submit({ payload: { seconds } })),
      client.submit({ payload: { seconds: 14 } }),
      ...[1, 2].map((failFirst) => client.submit({ payload: { seconds: 0, failFirst } })),
      client.submit({ payload: { seconds: 'no number' } }),
      client.submit({ type: 'unheard of', maxAttempts: 1 }),
      client.submit({
        type: 'csv-sums',
        payload: { csv: 'a,b\nx,1\n', groupBy: 'a', metrics: [{ column: 'b', op: 'sum' }] },
      }),
    ]);
  },
  assert: (world) => {
    if (world.quarantined.length < 1)
      throw new Violation('an unreadable message goes to quarantine', 'it is gone');
  },
};

/** A deployment changes the limits of the type while they are under way. */
const sameKey: Scenario = {
  name: 'duplicate submissions with one key',
  act: async (client) => {
    await Promise.all(
      [3, 4, 5].map((maxAttempts) => client.insist({ key: 'k', payload: { seconds: 2 }, maxAttempts })),
    );
  },
  assert: (world) => {
    if (world.table.items.size > 1) throw new Violation('one key, one job', `${world.table.items.size} jobs`);
  },
};

const racingBodies: Scenario = {
  name: 'two racing submissions with one key and different bodies',
  act: async (client) => {
    const answers = await Promise.all(
      [1, 2].map((seconds) => client.insist({ key: 'k', payload: { seconds, failFirst: 1 } })),
    );
    const accepted = answers.filter(({ status }) => status === 202);
    if (accepted.length > 1) throw new Violation('of racing bodies exactly one runs', 'both were accepted');
  },
};

/** TTL removes the item of a finished job, and its key is used again. */
const expires: Scenario = {
  name: 'a job expires, and its key is used again',
  act: async (client, world) => {
    const { job } = await client.insist({ key: 'k', payload: { seconds: 0, failFirst: 1 } });
    if (!job) return;
    await client.until(job.id, 'succeeded', 'failed');
    await client.pause(retentionMs);
    world.expire(job.id);
    await client.insist({ key: 'k', payload: { seconds: 0, failFirst: 1 } });
  },
  assert: (world) => expectStatus(world, 'succeeded', 'failed'),
};

export const scenarios: readonly Scenario[] = [
  succeeds,
  beats,
  retries,
  strayCopies,
  failsForGood,
  sameKey,
  racingBodies,
  batch,
  expires,
];
