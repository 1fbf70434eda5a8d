import { copySuspensions } from '../../shared/domain/state/limits/suspension-pauses.ts';
import { countingDown, line } from './group-scenarios.ts';
import type { Mutant, Ports } from './mutant.ts';
import { check, operate, settings as pauseSettings } from './pause-scenarios.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { job } from './waiting-scenarios.ts';
import type { World } from './world.ts';

const minuteMs = 60_000;
const tenant = 'someone';
const settings = { ...pauseSettings, suspends: true, takenOverWithinMs: 90 * minuteMs };

/** The command changes the list, and then has the pauses say the same. */
async function command(world: World, { dies }: { readonly dies: boolean }): Promise<void> {
  world.net.onSuspended();
  if (dies) return;
  await operate(world, (pauses) =>
    copySuspensions(new Set(world.suspended), { pauses, by: 'keys', now: world.time.now, settledMs: 0 }),
  );
}

async function suspend(world: World, how = { dies: false }): Promise<void> {
  world.suspended.add(tenant);
  world.pauseRule.onSuspended(tenant, world.time.now);
  await command(world, how);
}

async function resume(world: World, how = { dies: false }): Promise<void> {
  world.suspended.delete(tenant);
  world.pauseRule.onEnded(world.time.now);
  await command(world, how);
}

function checkEnds(world: World): void {
  expectStatus(world, 'succeeded');
  if (world.settings.plan) return;
  for (const { id, attempt } of world.table.items.values())
    check(attempt === 1, `${id} has attempt ${attempt}`);
  check(world.pauses.size === 0, 'a suspension that has ended is not forgotten');
}

const suspended: Scenario = {
  name: 'a tenant is suspended while a job runs and others are queued, alone and in a group, and is resumed',
  settings,
  act: async (client, world) => {
    await line(client, 'g', [countingDown(9), countingDown(0)]);
    await job(client, 'waits', 1);
    await client.insist({ key: 'delayed', delaySeconds: 20, payload: { seconds: 1 } });
    await suspend(world);
    await client.pause(20 * minuteMs);
    await resume(world);
  },
  assert: checkEnds,
};

/** As a list of before the deployment: nobody has made a pause of it. */
const listAlone: Scenario = {
  name: 'a tenant is in the list of the suspended ones, and no pause says so; the same at its end',
  settings,
  act: async (client, world) => {
    await client.insist({ key: 'delayed', delaySeconds: 25 * 60, payload: { seconds: 1 } });
    await suspend(world, { dies: true });
    await client.pause(12 * minuteMs);
    // Here it is called when there is something to see. On AWS it is called every five minutes.
    world.net.onSuspended();
    await client.pause(28 * minuteMs);
    await resume(world, { dies: true });
  },
  assert: (world) => {
    checkEnds(world);
    if (world.settings.plan) return;
    const [item] = world.table.items.values();
    const lateMs = (item?.startedAt ?? 0) - world.pauseRule.endedAt;
    check(lateMs > 0 && lateMs < 12 * minuteMs, `it starts ${lateMs} ms after the suspension`);
  },
};

export const suspendedScenarios: readonly Scenario[] = [suspended, listAlone];

const ofOverdue =
  (spoil: (ports: Ports) => Partial<Ports>) =>
  (ports: Ports, role: string): Ports =>
    role === 'overdue' ? { ...ports, ...spoil(ports) } : ports;

export const suspendedMutants: readonly Mutant[] = [
  {
    name: 'nobody makes pauses of the list of suspended tenants',
    shownBy: listAlone.name,
    ports: ofOverdue(({ pauses }) => ({ pauses: { ...pauses, put: async () => undefined } })),
  },
  {
    name: 'the pause of a tenant that is resumed stays',
    shownBy: listAlone.name,
    ports: ofOverdue(({ pauses }) => ({ pauses: { ...pauses, resume: async () => false } })),
  },
  {
    name: 'a worker does not know the pause of a suspended tenant',
    shownBy: suspended.name,
    ports: (ports, role) =>
      role === 'worker'
        ? {
            ...ports,
            pauses: {
              ...ports.pauses,
              read: async () =>
                new Map([...(await ports.pauses.read())].filter(([name]) => !name.startsWith('suspended:'))),
            },
          }
        : ports,
  },
];
