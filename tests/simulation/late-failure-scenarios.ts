import { maxDependents } from '../../shared/domain/state/job/item-budget.ts';
import { failing, failingFirst } from './broken-scenarios.ts';
import type { Client } from './client.ts';
import { waitingFigures } from './limits.ts';
import type { Scenario } from './scenario.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

const settings = { figures: waitingFigures };
const notify = [{ url: 'https://receiver.example/' }];

const failsInFirstRun = (client: Client) => failing(client, 'a', 3);

/** A retried job runs for longer than a request may be late. */
function longNextTime(world: World): void {
  failingFirst(world);
  const { counting } = world.handlers;
  world.handlers = {
    ...world.handlers,
    counting: async (payload, context) => {
      const result = await counting(payload, context);
      if (payload.failFirst) await context.pause(15);
      return result;
    },
  };
}

const dependentOf = (client: Client, id: string) =>
  client.insist({ key: 'b', payload: { seconds: 0 }, maxAttempts: 4, dependsOn: [id], notify });

/** Retries it before the message comes again that has found it failed. */
async function retrySoon(client: Client, id: string): Promise<void> {
  await client.pause(500);
  await client.retry(id);
}

/** In none of these has a job failed for a dependency that was retried before the job was made to wait for it. */
const expectWaited = (world: World): void => {
  const [, id] = world.table.items.keys();
  const { status, error } = world.table.items.get(id ?? '') ?? {};
  if (waited.has(world) && status !== 'succeeded')
    throw new Violation(
      'a job that waits for a retried dependency is not failed',
      `${status}, ${error?.name}`,
    );
};

/** Where the dependent was made to wait after its dependency had been retried. */
const waited = new WeakSet<World>();

const failsLateBeforeItWaits: Scenario = {
  name: 'a job is failed for a dependency that is retried at once',
  settings,
  arrange: longNextTime,
  act: async (client, world) => {
    const id = (await failsInFirstRun(client)).job?.id ?? '';
    await client.until(id, 'failed');
    world.interpose = async (role, call) => {
      if (role === 'admission' && call === 'defer') waited.add(world);
    };
    await dependentOf(client, id);
    await retrySoon(client, id);
  },
  assert: expectWaited,
};

const failsLateWhileItWaits: Scenario = {
  name: 'a job that waits is failed for a dependency that is retried at once',
  settings,
  arrange: longNextTime,
  act: async (client) => {
    const id = (await failsInFirstRun(client)).job?.id ?? '';
    await dependentOf(client, id);
    await client.until(id, 'failed');
    await retrySoon(client, id);
  },
};

/** Others have taken all places meanwhile, so that it is not registered any more. */
const failsLateBehindOthers: Scenario = {
  name: 'a job that waits is failed for a dependency that is retried, and for which too many others wait',
  settings: { ...settings, net: true, maxAdmissions: 12 },
  arrange: longNextTime,
  act: async (client, world) => {
    const id = (await failsInFirstRun(client)).job?.id ?? '';
    await dependentOf(client, id);
    await client.until(id, 'failed');
    await retrySoon(client, id);
    const item = world.table.items.get(id);
    const others = new Set([...Array(maxDependents).keys()].map((place) => `other ${place}`));
    if (!item) return;
    world.table.items.set(id, { ...item, dependents: others });
    // None of the others is there to be woken.
    await client.pause(5_000);
    const { dependents: _, ...alone } = world.table.items.get(id) ?? item;
    world.table.items.set(id, alone);
  },
};

/** A failure may be carried out when the job is not to be failed any more. */
export const lateFailureScenarios: readonly Scenario[] = [
  failsLateBeforeItWaits,
  failsLateWhileItWaits,
  failsLateBehindOthers,
];
