import { longFigures } from './limits.ts';
import { otherSecret } from './link-rule.ts';
import type { Mutant, Ports } from './mutant.ts';
import type { Scenario } from './scenario.ts';
import { expectCharge, order, withBooking } from './signal-scenarios.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

const within = 24 * 3_600;
/** As the port calls it, and as its errors say. */
const readsSecret = 'read the secret of links';

/** Mails a link, waits for the answer to it, and does one more step. */
const mailed: Scenario = {
  name: 'an answer comes by a link that its job has mailed',
  settings: { figures: longFigures, maxAdmissions: 3 },
  arrange: (world) =>
    withBooking(async (_payload, job) => {
      const link = await job.step('link', () => job.signalLink('approve', { key: 'turn 1', within }));
      const seat = await job.step('mail', () => {
        world.guard(() => world.linkRule.onMailed(job.id, link));
        return 'mailed';
      });
      const { note = null } = await job.waitForSignal('approve', { key: 'turn 1', within });
      return { seats: [seat], charge: await job.step('charge', () => note) };
    })(world),
  act: async (client, world) => {
    const { job } = await client.insist({ ...order, key: 'order' });
    if (!job) return;
    for (let tries = 0; tries < 2_000 && !world.linkRule.isMailed(job.id); tries += 1)
      await client.pause(500);
    // With a fault, the job may have failed before.
    if (!world.linkRule.isMailed(job.id) && world.settings.plan) return;
    const { name, key } = world.linkRule.open(job.id);
    await client.signal(job.id, { name, key, value: { isOk: true, note: 'yes' } });
  },
  assert: (world) => {
    expectCharge('yes')(world);
    expectNoAttemptSpent(world);
  },
};

/** While the access table does not answer, the job waits: that is no fault of its handler. */
function expectNoAttemptSpent(world: World): void {
  for (const { id, history } of world.table.items.values())
    for (const { event, error } of history)
      if (event !== 'put-off' && error?.includes(readsSecret))
        throw new Violation('a job is put off while no link can be made', `${id}: ${event}, ${error}`);
}

export const linkScenarios: readonly Scenario[] = [mailed];

const ofWorker =
  (change: (ports: Ports) => Partial<Ports>): Mutant['ports'] =>
  (ports, role) =>
    role === 'worker' ? { ...ports, ...change(ports) } : ports;

export const linkMutants: readonly Mutant[] = [
  {
    name: 'links are signed with another secret than the page reads',
    shownBy: mailed.name,
    ports: ofWorker(() => ({ access: { read: async () => otherSecret } })),
  },
  {
    name: 'who makes a link takes the claim for the creation of the job',
    shownBy: mailed.name,
    ports: ofWorker(({ store }) => ({
      store: {
        ...store,
        write: async (write) => {
          const item = await store.write(write);
          return item && write.transition === 'claim' ? { ...item, createdAt: item.updatedAt } : item;
        },
      },
    })),
  },
  {
    name: 'an outage of the access table spends an attempt of who makes a link',
    shownBy: mailed.name,
    ports: ofWorker(({ access }) => ({
      access: {
        read: (id) =>
          access.read(id).catch(() => {
            throw new Error(readsSecret);
          }),
      },
    })),
  },
];
