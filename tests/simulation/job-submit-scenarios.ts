import { keyedJobId } from '../../shared/domain/base/fingerprint.ts';
import type { JobItem } from '../../shared/domain/state/job/item.ts';
import { contracts } from '../job-types/contracts.ts';
import { type Booking, order, settings } from './children-scenarios.ts';
import type { Client } from './client.ts';
import { before } from './interposed-scenarios.ts';
import type { Mutant } from './mutant.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

const { counting } = contracts;
const nothing = { seats: [], charge: null };

const withBooking =
  (booking: Booking): NonNullable<Scenario['arrange']> =>
  (world) => {
    world.handlers = { ...world.handlers, booking };
  };

const submitParent = async (client: Client): Promise<string> =>
  (await client.insist({ ...order, key: 'parent' })).job?.id ?? '';

const submittedIn = ({ table }: World): readonly JobItem[] =>
  [...table.items.values()].filter(({ type }) => type === 'counting');

/** One for each key, and each has run as any job does. */
const expectEach =
  (keys: number) =>
  (world: World): void => {
    const submitted = submittedIn(world);
    if (submitted.length > keys || (!world.settings.plan && submitted.length < keys))
      throw new Violation('a key is one job', `${submitted.length} jobs of ${keys} keys`);
    for (const { id, listKey, parent } of submitted)
      if (listKey === undefined || parent)
        throw new Violation('a submitted job is in the list of its tenant', id);
    if (!world.settings.plan) expectStatus(world, 'succeeded', 'canceled');
  };

/** One of them waits for the job itself, and one is in a group. */
const submits: Scenario = {
  name: 'a job submits others, one of which waits for it',
  settings,
  arrange: withBooking(async (_payload, job) => {
    const { id } = await job.submit('first', counting, { seconds: 1 }, { group: 'g' });
    await job.submit('second', counting, { seconds: 0 }, { group: 'g', tags: ['a tag'] });
    await job.submit('after this one', counting, { seconds: 0 }, { dependsOn: [job.id, id] });
    return nothing;
  }),
  act: async (client) => void (await submitParent(client)),
  assert: expectEach(3),
};

/** Its first attempt fails when both are submitted. */
const again: Scenario = {
  name: 'a job submits others, and its next attempt submits them again',
  settings,
  arrange: withBooking(async (_payload, job) => {
    await Promise.all([
      job.submit('now', counting, { seconds: 0 }),
      job.submit('later', counting, { seconds: 0 }, { delaySeconds: 1_200 }),
    ]);
    if (job.attempt < 2) throw new Error('once more');
    return nothing;
  }),
  act: async (client) => void (await submitParent(client)),
  assert: expectEach(2),
};

/** A later run of the job keeps what an earlier one has submitted. */
const retried: Scenario = {
  name: 'a job that has submitted another one fails, and is retried',
  settings,
  arrange: withBooking(async (_payload, job) => {
    await job.submit('one', counting, { seconds: 3 });
    if (job.run < 2) throw new Error('not in this run');
    return nothing;
  }),
  act: async (client) => {
    const { job } = await client.insist({ ...order, key: 'parent', maxAttempts: 1 });
    if (!job) return;
    await client.until(job.id, 'failed');
    await client.retry(job.id);
  },
  assert: expectEach(1),
};

/** What was submitted goes on. */
const canceled: Scenario = {
  name: 'a job is canceled when it has submitted another one',
  settings,
  arrange: withBooking(async (_payload, job) => {
    await job.submit('one', counting, { seconds: 9 });
    await job.waitFor('an hour', { until: 3_600 });
    return nothing;
  }),
  act: async (client) => {
    const id = await submitParent(client);
    await client.until(id, 'waiting');
    await client.cancel(id);
  },
  assert: (world) => {
    expectEach(1)(world);
    if (world.settings.plan) return;
    for (const { status } of submittedIn(world))
      if (status !== 'succeeded') throw new Violation('a submitted job does not end with its job', status);
  },
};

/**
 * Its first attempt does not await the call, and its process stands still in the middle of it. The second one submits the job, which
 * runs and expires. Then the process goes on.
 */
const frozen: Scenario = {
  name: 'a process that has stood still goes on to submit a job that has expired since',
  settings: { figures: settings.figures },
  faults: ['crash-before', 'crash-after', 'repeat', 'late-effect'],
  arrange: (world) =>
    withBooking(async (_payload, job) => {
      const submitting = job.submit('one', counting, { seconds: 0 });
      if (job.attempt > 1) await submitting;
      else await world.time.pause(2_000);
      if (job.attempt < 2) throw new Error('once more');
      return nothing;
    })(world),
  act: async (client, world) => {
    const { job } = await client.insist({ ...order, key: 'parent' });
    if (!job) return;
    const id = keyedJobId(job.id, job.tenant, 'one');
    const gone = Promise.withResolvers<void>();
    before(
      world,
      (call, which) => call === 'read' && which === id,
      () => gone.promise,
      'worker',
    );
    await client.until(job.id, 'succeeded');
    const submitted = await client.until(id, 'succeeded');
    await client.pause(20 * 60_000);
    if (submitted) {
      world.expire(id);
      world.submitRule.onExpired(id);
    }
    gone.resolve();
    // Another invocation of the function, so that the process goes on.
    await client.insist({ payload: { seconds: 0 }, key: 'other' });
  },
};

export const jobSubmitScenarios: readonly Scenario[] = [submits, again, retried, canceled, frozen];

export const jobSubmitMutants: readonly Mutant[] = [
  {
    name: 'a submitted job has another id in each attempt',
    shownBy: again.name,
    submit: (submitter, world) => ({
      submit: (ordered, mayGoOn) => submitter.submit({ ...ordered, key: world.random.uuid() }, mayGoOn),
    }),
  },
  {
    name: 'a handler is told that a job is submitted before it is',
    shownBy: submits.name,
    submit: (submitter, world) => ({
      submit: async (ordered, mayGoOn) => {
        const { by, key } = ordered;
        void world.time
          .pause(500)
          .then(() => submitter.submit(ordered, mayGoOn))
          .catch(() => undefined);
        return keyedJobId(by.id, by.tenant, key);
      },
    }),
  },
  {
    name: 'the item of a submitted job is written before its message is sent',
    shownBy: again.name,
    ports: (ports, role) => {
      if (role !== 'worker') return ports;
      const held = new Map<string, () => Promise<void>>();
      return {
        ...ports,
        queue: {
          ...ports.queue,
          send: async (message, delaySeconds) => {
            const send = () => ports.queue.send(message, delaySeconds);
            if (message.type !== 'counting' || message.requeued) return send();
            held.set(message.id, send);
          },
        },
        store: {
          ...ports.store,
          write: async (write) => {
            const item = await ports.store.write(write);
            if (write.transition === 'submit') await held.get(write.id)?.();
            return item;
          },
        },
      };
    },
  },
  {
    name: 'a process goes on to submit a job when its attempt has ended',
    shownBy: frozen.name,
    submit: (submitter) => ({ submit: (ordered) => submitter.submit(ordered, () => true) }),
  },
];
