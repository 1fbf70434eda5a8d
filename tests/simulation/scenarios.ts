import { submissionMessage } from '../../functions/submit/submit-job.ts';
import { writeMessage } from '../../shared/contracts/job-message.ts';
import { PermanentError } from '../../shared/errors.ts';
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
  name: 'a batch of ten, mixed',
  act: async (client, world) => {
    world.queue.send('unreadable', { delayMs: 1_000 });
    await Promise.all([
      ...[0, 1, 2].map((seconds) => client.submit({ payload: { seconds } })),
      client.submit({ payload: { seconds: 14 } }),
      ...[1, 2].map((failFirst) => client.submit({ payload: { seconds: 0, failFirst } })),
      client.submit({ payload: { seconds: 'no number' } }),
      client.submit({ type: 'unheard of', maxAttempts: 1 }),
      client.submit({
        type: 'csv-aggregate',
        payload: { csv: 'a,b\nx,1\n', groupBy: 'a', metrics: [{ column: 'b', op: 'sum' }] },
      }),
    ]);
  },
  assert: (world) => {
    if (world.unreadable.length < 1) throw new Violation('an unreadable message is kept', 'it is gone');
  },
};

const sameKey: Scenario = {
  name: 'duplicate submissions with one key',
  act: async (client) => {
    await Promise.all([1, 2, 3].map(() => client.insist({ key: 'k', payload: { seconds: 2 } })));
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

/** Fails in its first run, succeeds in the third attempt of its second. */
const failsOnce: Scenario = {
  name: 'retry by the user, while old copies float',
  arrange: (world) => {
    world.works = {
      ...world.works,
      countdown: async (payload, job) => {
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
  name: 'retry of a canceled job, while old copies float',
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

/** The machine stands still in the middle of the work, for longer than the lease lives. */
const zombie = (name: string, maxAttempts: number, then?: Scenario['act']): Scenario => ({
  name,
  arrange: (world) => {
    let first = true;
    world.works = {
      ...world.works,
      countdown: async (payload, job) => {
        const late = first;
        first = false;
        await job.pause(7);
        if (late) world.workers.at(-1)?.freeze();
        await job.pause(1);
        return { seconds: payload.seconds };
      },
    };
  },
  act: async (client, world) => {
    const { job } = await client.submit({ maxAttempts });
    if (job && then) await then(client, world);
  },
});

const zombies: readonly Scenario[] = [
  zombie('a zombie that wakes late', 3),
  zombie('a zombie that wakes late in its last attempt', 1),
  zombie('a zombie that wakes late after a retry by the user', 1, async (client, world) => {
    const [id = ''] = world.table.items.keys();
    await client.until(id, 'failed');
    await client.retry(id);
  }),
];

const poison: Scenario = {
  name: 'a job that kills its worker',
  arrange: (world) => {
    world.works = {
      ...world.works,
      countdown: async () => {
        world.workers.at(-1)?.kill('poison');
        return new Promise(() => {});
      },
    };
  },
  act: async (client) => {
    await client.submit();
  },
  assert: (world) => expectStatus(world, 'failed'),
};

const deaf: Scenario = {
  name: 'a job that ignores its signal, in a batch with others',
  arrange: (world) => {
    const { works } = world;
    world.works = {
      ...works,
      countdown: (payload, job) =>
        payload.seconds === 30 ? new Promise(() => {}) : works.countdown(payload, job),
    };
  },
  act: async (client) => {
    await Promise.all([30, 1, 2].map((seconds) => client.submit({ payload: { seconds }, maxAttempts: 2 })));
  },
  assert: (world) => {
    const deafOnes = [...world.table.items.values()].filter(({ error }) => error?.name === 'JobTimeoutError');
    if (deafOnes.length > 1) throw new Violation('only the deaf job times out', 'others did');
  },
};

/** A copy of the message reaches the dead-letter queue while a worker has the job. */
const deadLetterOfRunning: Scenario = {
  name: 'a dead letter of a running job',
  act: async (client, world) => {
    const message = submissionMessage(
      { tenant: 'someone', type: 'countdown', payload: { seconds: 12 }, maxAttempts: 3 },
      { id: world.random.uuid(), fingerprint: 'f', now: world.time.now },
    );
    world.queue.send(writeMessage(message));
    await client.pause(5_000);
    world.deadLetters.send(writeMessage(message));
  },
  assert: (world) => expectStatus(world, 'succeeded', 'failed'),
};

const wornOut = (name: string, old: { receiveCount?: number; ageMs?: number }): Scenario => ({
  name,
  act: async (_client, world) => {
    const message = submissionMessage(
      { tenant: 'someone', type: 'countdown', payload: { seconds: 1, failFirst: 2 }, maxAttempts: 5 },
      { id: world.random.uuid(), fingerprint: 'f', now: world.time.now },
    );
    world.queue.send(writeMessage(message), old);
  },
  // A crash in its last delivery makes it a dead letter, and that a failed job.
  assert: (world) => expectStatus(world, 'succeeded', ...(old.receiveCount === 999 ? ['failed'] : [])),
});

export const scenarios: readonly Scenario[] = [
  succeeds,
  beats,
  retries,
  strayCopies,
  failsForGood,
  sameKey,
  racingBodies,
  cancelRunning,
  cancelQueued,
  failsOnce,
  canceledWithCopies,
  ...zombies,
  poison,
  deaf,
  deadLetterOfRunning,
  wornOut('a message near its 900th delivery', { receiveCount: 898 }),
  wornOut('a message near its 12th day', { ageMs: 12 * 24 * 3600 * 1000 - 1_500 }),
  wornOut('a message delivered a thousand times', { receiveCount: 999 }),
  batch,
];
