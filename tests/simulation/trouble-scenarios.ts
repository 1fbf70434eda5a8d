import { readMessage, writeMessage } from '../../shared/domain/state/job/message.ts';
import { submissionMessage } from '../../shared/operations/submit/submit-job.ts';
import { before } from './interposed-scenarios.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

/** The worker freezes while the handler runs, for longer than the lease lives. */
const zombie = (name: string, maxAttempts: number, then?: Scenario['act']): Scenario => ({
  name,
  arrange: (world) => {
    let first = true;
    world.handlers = {
      ...world.handlers,
      counting: async (payload, job) => {
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
  zombie('a zombie that wakes late when its job has been canceled', 3, async (client, world) => {
    const [id = ''] = world.table.items.keys();
    await client.pause(8_000);
    await client.cancel(id);
  }),
];

const poison: Scenario = {
  name: 'a job that crashes its worker',
  arrange: (world) => {
    world.handlers = {
      ...world.handlers,
      counting: async () => {
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
    const { handlers } = world;
    world.handlers = {
      ...handlers,
      counting: (payload, job) =>
        payload.seconds === 30 ? new Promise(() => {}) : handlers.counting(payload, job),
    };
  },
  act: async (client) => {
    await Promise.all([30, 1, 2].map((seconds) => client.submit({ payload: { seconds }, maxAttempts: 2 })));
  },
  assert: (world) => {
    const deafOnes = [...world.table.items.values()].filter(({ error }) => error?.name === 'JobTimeoutError');
    if (deafOnes.length > 1)
      throw new Violation('only the job that ignores its signal times out', 'others did');
  },
};

const poisonSeconds = 13;

/** Nine jobs of a batch are harmless, the tenth crashes the process of all, in every attempt. */
const poisonAmongOthers = (name: string, harmlessAttempts: number): Scenario => ({
  name,
  arrange: (world) => {
    const { counting } = world.handlers;
    world.handlers = {
      ...world.handlers,
      counting: async (payload, job) => {
        if (payload.seconds !== poisonSeconds) return counting(payload, job);
        await job.pause(1);
        world.crash(job.id);
        return new Promise(() => {});
      },
    };
  },
  act: async (client) => {
    const seconds = [2, 2, 2, 2, poisonSeconds, 2, 2, 2, 2, 2];
    await Promise.all(
      seconds.map((each, place) =>
        client.insist({
          key: `${place}`,
          payload: { seconds: each },
          maxAttempts: each === poisonSeconds ? 2 : harmlessAttempts,
        }),
      ),
    );
  },
  assert: (world) => {
    const failed = [...world.table.items.values()].filter(({ status }) => status === 'failed');
    // A fault may cost a harmless job its only attempt when it runs alone.
    if (harmlessAttempts === 1 && world.settings.plan) return;
    if (failed.length !== 1)
      throw new Violation("a job's company costs it nothing", `${failed.length} jobs failed`);
  },
});

/** A worker has read that it crashed in company. */
const canceledBeforeItRunsAlone: Scenario = {
  name: 'a job that crashed in company is canceled right before it runs alone',
  faults: ['crash-after', 'late-effect'],
  arrange: (world) => {
    const { counting } = world.handlers;
    world.handlers = {
      ...world.handlers,
      counting: async (payload, job) => {
        if (payload.seconds === poisonSeconds && world.workers.length === 1) world.crash(job.id);
        return counting(payload, job);
      },
    };
  },
  act: async (client, world) => {
    before(
      world,
      (call) => call === 'reclaim',
      (id) => client.cancel(id),
      'worker',
    );
    await Promise.all([2, poisonSeconds].map((seconds) => client.submit({ payload: { seconds } })));
  },
  assert: (world) => expectStatus(world, 'succeeded', 'canceled', ...(world.settings.plan ? ['failed'] : [])),
};

/** More than an ended job keeps. */
export const talkative = (world: World): void => {
  const { counting } = world.handlers;
  world.handlers = {
    ...world.handlers,
    counting: async (payload, job) => {
      for (let line = 0; line < 9; line += 1) job.log.info('x'.repeat(600));
      return counting(payload, job);
    },
  };
};

/** They ride with a heartbeat, but not with what is written for a state. */
export const untilLinesAreStoredMs = 14_000;

const linesOfTheDead: Scenario = {
  name: 'the workers of two jobs die that have logged much, one in its only attempt, and one is canceled',
  settings: { batchSize: 1 },
  arrange: talkative,
  act: async (client, world) => {
    const submit = (maxAttempts: number) => client.submit({ payload: { seconds: 40 }, maxAttempts });
    const ids = (await Promise.all([submit(1), submit(2)])).flatMap(({ job }) => job?.id ?? []);
    await client.pause(untilLinesAreStoredMs);
    for (const id of ids) world.crash(id);
    const [, canceled] = ids;
    if (canceled) await client.cancel(canceled);
  },
};

/** A copy of the message reaches the dead-letter queue while a worker holds the job. */
const deadLetterOfRunning: Scenario = {
  name: 'a dead letter of a running job',
  act: async (client, world) => {
    const message = submissionMessage(
      { tenant: 'someone', type: 'counting', payload: { seconds: 12 }, maxAttempts: 3 },
      { id: world.random.uuid(), fingerprint: 'f', now: world.time.now },
    );
    world.queue.send(writeMessage(message));
    await client.pause(5_000);
    world.deadLetters.send(writeMessage(message));
  },
  assert: (world) => expectStatus(world, 'succeeded', 'failed'),
};

const nearLimits = (name: string, old: { receiveCount?: number; ageMs?: number }): Scenario => ({
  name,
  act: async (_client, world) => {
    const message = submissionMessage(
      { tenant: 'someone', type: 'counting', payload: { seconds: 1, failFirst: 2 }, maxAttempts: 5 },
      { id: world.random.uuid(), fingerprint: 'f', now: world.time.now },
    );
    world.queue.send(writeMessage(message), old);
  },
  // A crash in its last delivery makes it a dead letter, and its job fails.
  assert: (world) => expectStatus(world, 'succeeded', ...(old.receiveCount === 999 ? ['failed'] : [])),
});

const movedId = '00000000-0000-4000-8000-0000000000aa';

/** One of its jobs has only a message in the earlier queue, the other has a message in both. */
const movedType: Scenario = {
  name: 'a type that has moved to another queue',
  act: async (client, world) => {
    const message = submissionMessage(
      { tenant: 'someone', type: 'counting', payload: { seconds: 1, failFirst: 1 }, maxAttempts: 4 },
      { id: movedId, fingerprint: 'f', now: world.time.now },
    );
    world.earlier.send(writeMessage(message));
    await client.submit({ payload: { seconds: 8, failFirst: 1 }, maxAttempts: 4 });
    const [copy] = world.queue.bodies;
    if (copy) for (const delayMs of [500, 2_000]) world.earlier.send(copy, { delayMs });
  },
  assert: (world) => {
    expectStatus(world, 'succeeded', 'failed');
    if (world.table.items.get(movedId)?.status !== 'succeeded')
      throw new Violation('a job whose type has moved runs', `${movedId} did not`);
  },
};

/** The table was restored from a backup: the item is of an earlier run than the message. */
const futureRun: Scenario = {
  name: 'a message of a run that its item does not know',
  act: async (client, world) => {
    const { job } = await client.submit({ payload: { seconds: 9 } });
    const [body = ''] = world.queue.bodies;
    const message = readMessage(body);
    if (!job || message instanceof Error) return;
    world.queue.send(writeMessage({ ...message, run: 4 }), { receiveCount: 880 });
  },
  assert: (world, client) => {
    if (client.accepted.size > 0 && world.quarantined.length < 1)
      throw new Violation(
        'a message of a future run goes to quarantine',
        `${world.quarantined.length} are there`,
      );
  },
};

/** Workers that freeze, jobs that crash them or ignore their signal, messages that are old, dead or in a wrong queue. */
export const troubleScenarios: readonly Scenario[] = [
  ...zombies,
  poison,
  poisonAmongOthers('a job that crashes its worker, in a batch with nine others', 2),
  poisonAmongOthers('the same, when each of the others has but one attempt', 1),
  canceledBeforeItRunsAlone,
  linesOfTheDead,
  deaf,
  deadLetterOfRunning,
  movedType,
  futureRun,
  nearLimits('a message near its 900th delivery', { receiveCount: 898 }),
  nearLimits('a message near its 12th day', { ageMs: 12 * 24 * 3600 * 1000 - 1_500 }),
  nearLimits('a message delivered a thousand times', { receiveCount: 999 }),
];
