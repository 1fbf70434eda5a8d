import { moveTenant } from '../../infra/ordered/move-tenant.ts';
import { PermanentError } from '../../shared/domain/base/errors.ts';
import { writeMessage } from '../../shared/domain/state/message.ts';
import { submissionMessage } from '../../shared/operations/submit-job.ts';
import type { Client } from './client.ts';
import { movePorts } from './group-places-port.ts';
import { countingDown } from './group-scenarios.ts';
import { before } from './interposed-scenarios.ts';
import { longFigures, standardFigures } from './limits.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

const tenant = 'someone';
const minuteMs = 60_000;
/** A call of the API may take longer than a lease. */
const shortLeases = { ...standardFigures, leaseMs: 15_000, heartbeatMs: 5_000 };
const settings = { orderedQueues: { queues: 2, waitMs: 0 } };

const check = (holds: boolean, what: string): void => {
  if (!holds) throw new Violation('a tenant is moved', what);
};

/** An operator runs the command until it says that it is done. */
async function move(world: World, to: number): Promise<void> {
  for (let tries = 1; tries < 14; tries += 1) {
    const instance = world.instance('operator');
    const done = moveTenant({ tenant, to }, { ...movePorts(world, instance), tell: () => {} }).then(
      () => true,
      () => false,
    );
    if (await Promise.race([done, instance.death.then(() => false)])) return;
    await world.time.pause(minuteMs);
  }
}

/** Submits until the tenant is not moved any more. */
async function submit(client: Client, key: string, seconds: number): Promise<void> {
  for (;;) {
    const answer = await client.insist({
      ...{ key, group: 'g', maxAttempts: 4 },
      payload: countingDown(seconds),
    });
    if (!answer.isPaused) return;
    await client.pause(2 * minuteMs);
  }
}

const inFirst: NonNullable<Scenario['arrange']> = (world) => {
  world.groupPlaces.places.set(tenant, { queue: 1 });
};

function checkMoved({ groupPlaces, table }: World, jobs: number): void {
  const { queue, move: left } = groupPlaces.places.get(tenant) ?? {};
  check(queue === 2 && left === undefined, `it is in the queue ${queue}`);
  check(table.items.size === jobs, `there are ${table.items.size} jobs, not ${jobs}`);
}

/** The message of a submission that has died after its send comes into the first queue only now. */
function sendLate(world: World): void {
  const message = submissionMessage(
    { tenant, type: 'counting', payload: countingDown(0), maxAttempts: 4, group: 'late' },
    { id: '0c8ddd74-1d44-4d0c-8f32-6fbb2b9f4a01', fingerprint: 'late', now: world.time.now },
  );
  world.ordered.send(writeMessage(message), { group: 'late', deduplicationId: 'late' });
}

export const moved: Scenario = {
  name: 'a tenant is moved to another ordered queue while a job of a group runs, and somebody submits',
  settings,
  arrange: inFirst,
  act: async (client, world) => {
    await submit(client, 'first', 3);
    await Promise.all([move(world, 2), client.pause(2_000).then(() => submit(client, 'second', 3))]);
    sendLate(world);
    await submit(client, 'third', 0);
  },
  assert: (world) => {
    expectStatus(world, 'succeeded');
    checkMoved(world, 4);
  },
};

/** No door refuses a retry while the queue drains. Afterwards the first queue is slow: it has many messages of others. */
export const retried: Scenario = {
  name: 'a job of a group is retried right before the ordered queue of its tenant is closed',
  // Who finds the queue closed leaves a job whose worker has crashed until it drains again.
  settings: { ...settings, figures: shortLeases, takenOverWithinMs: 5 * minuteMs },
  arrange: inFirst,
  act: async (client, world) => {
    const { counting } = world.handlers;
    let retry: Promise<unknown> | undefined;
    world.handlers = {
      ...world.handlers,
      counting: async (payload, job) => {
        if (!retry) throw new PermanentError('not yet');
        return counting(payload, job);
      },
    };
    const { job } = await client.insist({
      key: 'first',
      group: 'g',
      payload: countingDown(2),
      maxAttempts: 4,
    });
    if (!job) return;
    await client.until(job.id, 'failed');
    const beginRetry = () => {
      retry = client.retry(job.id);
      return Promise.race([retry, client.pause(20)]);
    };
    const isAfterDrain = (call: string) =>
      call === 'change a place: closed' || call === 'change a place: open';
    before(world, isAfterDrain, beginRetry, 'operator');
    await move(world, 2);
    before(
      world,
      (call) => call === 'read an ordered queue',
      () => client.pause(9_000),
      'worker',
    );
    await retry;
    await submit(client, 'second', 0);
  },
  assert: (world) => {
    expectStatus(world, 'succeeded');
    checkMoved(world, 2);
  },
};

/** Its message is hidden for as long as the worker stands still, and no item shows it. */
export const standing: Scenario = {
  name: 'a worker stands still with the message of a submission that has died, and its tenant is moved',
  settings: { ...settings, figures: longFigures },
  faults: ['freeze', 'slow-request', 'slow-answer'],
  arrange: inFirst,
  act: async (client, world) => {
    sendLate(world);
    await client.pause(5);
    await move(world, 2);
    await submit(client, 'first', 0);
  },
  assert: (world) => {
    expectStatus(world, 'succeeded');
    checkMoved(world, 2);
  },
};

export const moveScenarios: readonly Scenario[] = [moved, retried, standing];
