import { keyedJobId } from '../../shared/domain/base/fingerprint.ts';
import { writeMessage } from '../../shared/domain/state/job/message.ts';
import { submissionMessage } from '../../shared/operations/submit/submit-job.ts';
import { checkOrder } from './check-order.ts';
import type { Client, Order } from './client.ts';
import { before } from './interposed-scenarios.ts';
import { large, succeeds } from './large-jobs.ts';
import { retentionMs, waitingFigures } from './limits.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';
import { job } from './waiting-scenarios.ts';
import type { World } from './world.ts';

export const hour = 3600;
export const day = 24 * hour;
export const dayMs = day * 1000;

export const settings = { figures: waitingFigures };
export const notify = [{ url: 'https://receiver.example/' }];

/** Longer than SQS keeps a message. */
const far = 20 * day;

export const delayed = async (client: Client, delaySeconds: number, key = 'later'): Promise<string> =>
  (await job(client, key, 0, [], delaySeconds)).job?.id ?? '';

/** A delayed cancel may arrive after the retry. */
export const succeededOrCanceled = (world: World): void =>
  expectStatus(world, 'succeeded', ...(world.settings.plan ? ['canceled'] : []));

/** The schedule fires early, and SQS delays the rest. */
function expectOnTime({ table }: World): void {
  for (const { id, runAt = 0, startedAt = 0 } of table.items.values())
    if (startedAt - runAt > 5_000)
      throw new Violation('a delayed job starts when it is due', `${id} starts ${startedAt - runAt} ms late`);
}

const waitsFor = (name: string, delaySeconds: number, scheduler: World['settings']['scheduler'] = {}) => ({
  name,
  // Each pointer brings a copy.
  settings: { ...settings, scheduler, ...(scheduler.twiceAfterMs === undefined ? {} : { maxAdmissions: 4 }) },
  act: async (client: Client) => void (await delayed(client, delaySeconds)),
  assert: (world: World) => {
    expectStatus(world, 'succeeded');
    if (!world.settings.plan && scheduler.lateMs === undefined) expectOnTime(world);
  },
});

/** Bodies differ, and so do the times and the limits of the type. Exactly one is done, at its time. */
const racing: Scenario = {
  name: 'postponed submissions race for one key',
  settings,
  act: async (client) => {
    const first = { key: 'k', payload: { seconds: 1 }, delaySeconds: day };
    await Promise.all([
      client.insist({ ...first, maxAttempts: 4 }),
      client.insist({ key: 'k', payload: { seconds: 2 }, maxAttempts: 4, delaySeconds: 2 * day }),
      client.insist({ ...first, maxAttempts: 5 }),
    ]);
  },
  assert: (world) => expectStatus(world, 'succeeded'),
};

/** The schedule of the first job fires before the second one is due, and both have the same request. */
const keyUsedAgain: Scenario = {
  name: 'a postponed job is canceled and expires, its schedule stays, and its key is used again',
  settings: { ...settings, scheduler: { keepsDeleted: true } },
  act: async (client, world) => {
    const id = await delayed(client, far);
    await client.pause(hour * 1000);
    await client.cancel(id);
    await client.pause(retentionMs + dayMs);
    world.expire(id);
    await delayed(client, far);
  },
  assert: succeededOrCanceled,
};

const cutOff: Scenario = {
  name: 'a schedule cannot reach its queue: the job fails, and is retried',
  settings: { ...settings, scheduler: { isCutOff: true }, notify },
  act: async (client) => {
    const id = await delayed(client, day);
    await client.pause(dayMs);
    await client.until(id, 'failed');
    await client.retry(id);
  },
  assert: (world) => expectStatus(world, 'succeeded', ...(world.settings.plan ? ['failed'] : [])),
};

/** In an hour of pauses that grow, each of the two is refused some ten times. */
const maxRefused = 24;

const throttled: Scenario = {
  name: 'Scheduler throttles for an hour while jobs are delayed by a day',
  settings: { ...settings, scheduler: { throttlesForMs: hour * 1000 } },
  arrange: ({ waiting, settings: { plan }, guard }) => {
    waiting.onLeft = ({ body }, forMs) =>
      guard(() => {
        if (!plan && forMs > 1_000)
          throw new Violation('who is refused by Scheduler takes no place in flight', `${body}: ${forMs} ms`);
      });
  },
  act: async (client) => {
    await delayed(client, day, 'one');
    await delayed(client, day, 'other');
  },
  assert: (world) => {
    expectStatus(world, 'succeeded');
    if (world.settings.plan) return;
    expectOnTime(world);
    const { refused } = world.scheduler;
    if (refused > maxRefused)
      throw new Violation('who is refused by Scheduler waits longer each time', `${refused} refusals`);
  },
};

const withDependency: Scenario = {
  name: 'a job waits for another job, which expires, and then for a day',
  settings,
  act: async (client, world) => {
    const a = await job(client, 'a', 3);
    await job(client, 'b', 0, [a], day);
    await client.pause(hour * 1000);
    const { id, status } = world.table.items.get(a.job?.id ?? '') ?? {};
    if (id === undefined || status !== 'succeeded') return;
    world.expire(id);
    client.accepted.delete(id);
  },
  assert: (world) => expectStatus(world, 'succeeded'),
};

const largeMessage: Scenario = {
  name: 'a postponed job with a large message is canceled and retried',
  settings,
  arrange: succeeds,
  act: async (client) => {
    const id = await large(client, { delaySeconds: 2 * day });
    await client.pause(2 * hour * 1000);
    await client.cancel(id);
    await client.retry(id);
  },
  assert: succeededOrCanceled,
};

/** The message of a submission that died after it had sent it: nobody has written its item, and nobody asks again. */
const orphan = (world: World, { dependsOn = [], ...order }: Partial<Order> = {}): string => {
  const { now } = world.time;
  const id = keyedJobId('secret', 'someone', 'k');
  const all = { seconds: 0, ...order };
  const message = submissionMessage(
    {
      ...{ tenant: 'someone', type: 'counting', payload: { seconds: 0 }, maxAttempts: 4 },
      ...{ runAt: now + dayMs, startBefore: now + 2 * dayMs, tags: ['tag'], notify, dependsOn },
    },
    { id, fingerprint: JSON.stringify(all), now },
  );
  world.waiting.send(writeMessage(message));
  return id;
};

const unheard: Scenario = {
  name: 'a job whose submission died is postponed with all that was ordered',
  settings,
  act: async (client, world) => {
    const a = await job(client, 'a', 0);
    const dependsOn = [a.job?.id ?? ''];
    await client.until(dependsOn[0] ?? '', 'succeeded');
    const id = orphan(world, { dependsOn });
    await client.pause(hour * 1000);
    const order = { delaySeconds: day, startBefore: startOfOrphan(world, id) + 2 * dayMs, tags: ['tag'] };
    world.guard(() => checkOrder(world.table.items.get(id), { ...order, notify, dependsOn }));
  },
  assert: (world) => expectStatus(world, 'succeeded'),
};

const startOfOrphan = ({ table }: World, id: string): number => table.items.get(id)?.createdAt ?? 0;

/** Admission has found no item. */
const overtaken: Scenario = {
  name: 'another submission with its key is accepted right before a job is postponed',
  settings,
  act: async (client, world) => {
    before(
      world,
      (call) => call === 'postpone',
      () => client.insist({ key: 'k', payload: { seconds: 2 }, maxAttempts: 4, delaySeconds: 2 * day }),
    );
    orphan(world);
    await client.pause(hour * 1000);
  },
  assert: (world) => expectStatus(world, 'succeeded'),
};

export const clockScenarios: readonly Scenario[] = [
  waitsFor('a job delayed by twenty days', far),
  waitsFor('a job delayed by twenty minutes', 1_200),
  waitsFor('a schedule fires twice', day, { twiceAfterMs: 20 }),
  waitsFor('a schedule fires again an hour later', day, { twiceAfterMs: hour * 1000 }),
  waitsFor('a schedule fires two days late', day, { lateMs: 2 * dayMs }),
  racing,
  keyUsedAgain,
  cutOff,
  throttled,
  withDependency,
  largeMessage,
  unheard,
  overtaken,
];
