import { before } from './interposed-scenarios.ts';
import { failing, inFirstRun, large, succeeds } from './large-jobs.ts';
import type { Scenario } from './scenario.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

const erased = (world: World): void => {
  for (const item of world.table.items.values())
    if (!item.erased) throw new Violation('jobs end as they should', 'it is not erased');
};

const isErased: Scenario = {
  name: 'a job with a large message fails, and is erased',
  arrange: inFirstRun(failing),
  act: async (client) => {
    const id = await large(client);
    await client.until(id, 'failed');
    await client.erase(id);
  },
  assert: erased,
};

const isErasedWhileItIsRetried: Scenario = {
  name: 'a job with a large message is erased and retried at once',
  arrange: inFirstRun(failing),
  act: async (client) => {
    const id = await large(client);
    await client.until(id, 'failed');
    await Promise.all([client.retry(id), client.erase(id)]);
  },
};

/** The erasure must know of the object. */
const isErasedWhileItIsSaved: Scenario = {
  name: 'a canceled job is erased at the moment at which its large message is saved',
  arrange: succeeds,
  act: async (client, world) => {
    const id = await large(client, { delaySeconds: 60 });
    await client.cancel(id);
    await client.pause(45_000);
    const isSaved = async () => {
      for (let tries = 0; tries < 20 && !world.table.items.get(id)?.message; tries += 1)
        await client.pause(1_000);
    };
    before(world, (call) => call === 'erase', isSaved, 'erase');
    await client.erase(id);
  },
  assert: erased,
};

/** Jobs with large messages are erased. */
export const keptEraseScenarios: readonly Scenario[] = [
  isErased,
  isErasedWhileItIsRetried,
  isErasedWhileItIsSaved,
];
