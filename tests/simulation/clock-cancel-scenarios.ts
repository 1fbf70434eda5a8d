import type { Client } from './client.ts';
import { day, dayMs, delayed, hour, notify, settings, succeededOrCanceled } from './clock-scenarios.ts';
import { before, cancelUnheard } from './interposed-scenarios.ts';
import { inFirstRun, large } from './large-jobs.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';
import { job } from './waiting-scenarios.ts';
import type { World } from './world.ts';

const canceledAnd = (name: string, then: (client: Client, id: string) => Promise<unknown>): Scenario => ({
  name,
  settings: { ...settings, notify },
  act: async (client) => {
    const id = await delayed(client, 3 * day);
    await client.pause(2 * hour * 1000);
    await client.cancel(id);
    await then(client, id);
  },
  assert: succeededOrCanceled,
});

/** Its schedule is still there when the next run's is made. */
const retriedAtOnce = canceledAnd('a postponed job is canceled, and retried at once', (client, id) =>
  client.retry(id),
);
const retriedLater = canceledAnd(
  'a postponed job is canceled, and retried an hour later',
  async (client, id) => {
    await client.pause(hour * 1000);
    await client.retry(id);
  },
);
const retriedTooLate = canceledAnd(
  'a postponed job is canceled, and retried when it is overdue',
  async (client, id) => {
    await client.pause(5 * dayMs);
    await client.retry(id);
  },
);

/** Only its schedule brings it back, ten minutes after the end of this. Others wait for its end. */
export const canceledUnheard: Scenario = {
  name: 'a postponed dependency is canceled by a call that dies, and all hear of it within minutes',
  settings: { ...settings, notify },
  act: async (client, world) => {
    const a = await job(client, 'a', 0, [], 2_400);
    const b = await job(client, 'b', 0, [a]);
    await client.pause(20 * 60_000);
    await cancelUnheard(world, a.job?.id ?? '').catch(() => {});
    await client.pause(10 * 60_000);
    if (world.settings.plan) return;
    const { status } = world.table.items.get(b.job?.id ?? '') ?? {};
    const isNotified = world.notifyRule.hasNotified(a.job?.id ?? '');
    if (status !== 'failed' || !isNotified)
      throw new Violation(
        'an end is announced soon, whichever process dies',
        `dependent ${status}, told: ${isNotified}`,
      );
  },
  assert: (world) => expectStatus(world, 'canceled', 'failed', ...(world.settings.plan ? ['succeeded'] : [])),
};

const erased: Scenario = {
  name: 'a postponed job is canceled and erased',
  settings: { ...settings, notify },
  act: async (client) => {
    const id = await delayed(client, 2 * day);
    await client.pause(2 * hour * 1000);
    await client.cancel(id);
    await client.erase(id);
  },
};

/** Somebody has emptied the bucket. */
async function losing(client: Client, world: World): Promise<string> {
  const id = await large(client, { delaySeconds: 2 * day });
  await client.pause(2 * hour * 1000);
  const { messageObject } = world.table.items.get(id) ?? {};
  if (messageObject === undefined) return id;
  world.objectRule.onLoss(messageObject);
  world.bucket.objects.delete(messageObject);
  return id;
}

const lostMessage: Scenario = {
  name: 'the object with the message of a postponed job is gone',
  settings: { ...settings, notify },
  arrange: inFirstRun(async () => {}),
  act: async (client, world) => void (await losing(client, world)),
  assert: (world) => expectStatus(world, 'failed', ...(world.settings.plan ? ['succeeded'] : [])),
};

/** Admission has read the job as one that waits. */
const canceledRightBefore = (
  name: string,
  transition: string,
  act: (client: Client, world: World) => Promise<unknown>,
): Scenario => ({
  name,
  settings: { ...settings, notify },
  arrange: inFirstRun(async () => {}),
  act: async (client, world) => {
    before(
      world,
      (call) => call === transition,
      (id) => client.cancel(id),
    );
    await act(client, world);
  },
  assert: (world) => expectStatus(world, 'canceled', ...(world.settings.plan ? ['succeeded', 'failed'] : [])),
});

/** What a user does to a job that a schedule will bring back. */
export const clockCancelScenarios: readonly Scenario[] = [
  retriedAtOnce,
  retriedLater,
  retriedTooLate,
  canceledUnheard,
  erased,
  lostMessage,
  canceledRightBefore('a job is canceled right before it is postponed', 'postpone', async (client) => {
    await delayed(client, day);
  }),
  canceledRightBefore('a job is canceled right before it fails without its message', 'failForgotten', losing),
];
