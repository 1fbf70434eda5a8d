import { expectPuts, failing, inFirstRun, large, sleepingTo, succeeded } from './large-jobs.ts';
import type { Scenario } from './scenario.ts';

const sleeps: Scenario = {
  name: 'a job with a large message sleeps again and again',
  arrange: inFirstRun(sleepingTo(3)),
  act: async (client) => {
    await large(client);
  },
  assert: expectPuts(1),
};

const sleepsAndFails: Scenario = {
  name: 'a job with a large message sleeps, fails, and is retried',
  arrange: inFirstRun(sleepingTo(1, failing)),
  act: async (client) => {
    const id = await large(client);
    await client.until(id, 'waiting');
    await client.until(id, 'failed');
    await client.retry(id);
  },
  assert: succeeded,
};

/** The object of its first run is not the message of its second. */
const sleepsInBothRuns: Scenario = {
  name: 'a job with a large message is canceled while it sleeps, in each run, and is retried',
  arrange: (world) => {
    world.handlers = {
      ...world.handlers,
      'csv-sums': async (_payload, context) => {
        const run = world.table.items.get(context.id)?.run ?? 1;
        if (run < 3) await sleepingTo(run)(context);
        return { rows: 0, groups: [] };
      },
    };
  },
  act: async (client) => {
    const id = await large(client);
    for (const _run of [1, 2]) {
      await client.until(id, 'waiting');
      await client.cancel(id);
      await client.until(id, 'canceled');
      await client.retry(id);
    }
  },
  assert: succeeded,
};

/** Jobs with large messages sleep. */
export const keptSleepScenarios: readonly Scenario[] = [sleeps, sleepsAndFails, sleepsInBothRuns];
