import { batchIdOf, lookedAtOf } from '../../shared/domain/children/batch.ts';
import type { JobItem } from '../../shared/domain/state/job/item.ts';
import { readSavedSteps, writeSavedSteps } from '../../shared/domain/state/stored/saved-steps.ts';
import { parentOf, submitParent, withParent } from './children-scenarios.ts';
import type { Client } from './client.ts';
import { five, netSettings } from './lost-children-scenarios.ts';
import type { Mutant } from './mutant.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import type { World } from './world.ts';

/** The messages of children are lost right before they are claimed, and once more when the first look has sent them again. */
function loseTwice(client: Client, world: World): void {
  let losses = 0;
  const mayLose = () => parentOf(world)?.status === 'waiting' && world.waiting.length === 0;
  world.interpose = async (role, call, id) => {
    if (losses >= 2 || role !== 'worker' || call !== 'claim' || id === parentOf(world)?.id) return;
    const before = losses;
    // What has sent it is still at work, and stores that its parent waits.
    for (let seconds = 0; seconds < 60 && !mayLose(); seconds += 1) await client.pause(1_000);
    if (losses !== before || !mayLose()) return;
    losses += 1;
    world.queue.purge();
    for (const worker of world.workers) worker.kill('its message is gone');
    world.childRule.onLost();
  };
}

const lostTwice: Scenario = {
  name: 'the messages of children are lost again after a look',
  settings: { ...netSettings, batchSize: 1 },
  faults: ['crash-before', 'crash-after', 'late-effect', 'outage'],
  arrange: withParent(five),
  act: async (client, world) => {
    loseTwice(client, world);
    await submitParent(client);
  },
  assert: (world) => {
    if (!world.settings.plan) expectStatus(world, 'succeeded');
  },
};

export const secondLookScenarios: readonly Scenario[] = [lostTwice];

/** What is stored of a look says that it belongs to the next one. */
function asOfNextLook(item: JobItem, { batches }: World): JobItem {
  if (item.steps === undefined) return item;
  const { records, ...blocks } = readSavedSteps(item.steps);
  const changed = records.map((record) => {
    const root = batches.roots.get(batchIdOf(item.id, record.key));
    if (!root || !record.batch?.look) return record;
    const look = { ...record.batch.look, after: Math.max(lookedAtOf(root), root.wantedAt ?? 0) };
    return { ...record, batch: { ...record.batch, look } };
  });
  return { ...item, steps: writeSavedSteps({ ...blocks, records: changed }) };
}

export const secondLookMutants: readonly Mutant[] = [
  {
    name: 'the cursor of a look for lost children counts in the next one',
    shownBy: lostTwice.name,
    ports: ({ store, ...ports }, role, world) => ({
      ...ports,
      store: {
        ...store,
        write: async (write) => {
          const item = await store.write(write);
          return item && role === 'worker' ? asOfNextLook(item, world) : item;
        },
      },
    }),
  },
];
