import { hour, succeededOrCanceled } from './clock-scenarios.ts';
import { before } from './interposed-scenarios.ts';
import { busy, settings, submit } from './retry-scenarios.ts';
import { expectStatus, type Scenario } from './scenario.ts';

const canceled: Scenario = {
  name: 'a job that is to be tried in hours is canceled, and retried at once',
  settings,
  arrange: busy(3 * hour, 3 * hour),
  act: async (client) => {
    const id = await submit(client, 4);
    await client.until(id, 'waiting');
    await client.pause(hour * 1000);
    await client.cancel(id);
    await client.retry(id);
  },
  assert: succeededOrCanceled,
};

/** Its message stays in the queue: it is revived. */
const revived: Scenario = {
  name: 'a job that is to be tried in half a minute is canceled, and retried at once',
  settings,
  arrange: busy(30, 60),
  act: async (client) => {
    const id = await submit(client, 4);
    await client.pause(5_000);
    await client.cancel(id);
    await client.retry(id);
  },
  assert: succeededOrCanceled,
};

const erased: Scenario = {
  name: 'a job that is to be tried in hours is canceled, and erased',
  settings,
  arrange: busy(3 * hour, 3 * hour),
  act: async (client) => {
    const id = await submit(client, 4);
    await client.until(id, 'waiting');
    await client.cancel(id);
    await client.erase(id);
  },
};

const canceledBefore: Scenario = {
  name: 'a cancel comes right before a job that is to be tried in hours leaves its queue',
  settings,
  arrange: busy(3 * hour, 3 * hour),
  act: async (client, world) => {
    before(
      world,
      (call) => call === 'leaveQueue',
      (id) => client.cancel(id),
      'worker',
    );
    await submit(client, 4);
  },
  assert: (world) => expectStatus(world, 'canceled', ...(world.settings.plan ? ['succeeded'] : [])),
};

/** A job that fails has not seen that it is to be canceled. */
const canceledBeforeItFails: Scenario = {
  name: 'a cancel comes right before a job fails',
  faults: ['crash-after', 'late-effect'],
  act: async (client, world) => {
    before(
      world,
      (call) => call === 'fail',
      (id) => client.cancel(id),
      'worker',
    );
    await client.submit({ payload: { seconds: 0, failFirst: 1 }, maxAttempts: 1 });
  },
  assert: (world) => expectStatus(world, 'failed', ...(world.settings.plan ? ['canceled'] : [])),
};

/** Jobs are canceled that are to be tried later. */
export const retryCancelScenarios: readonly Scenario[] = [
  canceled,
  revived,
  erased,
  canceledBefore,
  canceledBeforeItFails,
];
