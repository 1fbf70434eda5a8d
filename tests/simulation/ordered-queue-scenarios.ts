import type { JobMessage } from '../../shared/domain/state/job/message.ts';
import { startOfTime } from '../../testkit/play/virtual-time.ts';
import type { Client } from './client.ts';
import { countingDown, line } from './group-scenarios.ts';
import { longFigures } from './limits.ts';
import type { Mutant } from './mutant.ts';
import { queuePort } from './queue-port.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';

/** The tenant of the client, `someone`, has the second of three. */
const orderedQueues = 3;

const submit = (client: Client, key: string, payload: unknown) =>
  client.insist({ key, group: 'g', payload, maxAttempts: 4 });

/** Its jobs fail, are handed over, and follow each other as in the first queue. */
const inSecond: Scenario = {
  name: 'a group of three in the second ordered queue',
  settings: { orderedQueues },
  act: async (client) => {
    await line(client, 'g', [countingDown(2, { failFirst: 1 }), countingDown(1), countingDown(0)]);
  },
  assert: (world) => {
    expectStatus(world, 'succeeded');
  },
};

const hour = 3_600;

const canceledInSecond: Scenario = {
  name: 'the first job of a group sleeps for hours in the second ordered queue, and is canceled',
  settings: { orderedQueues, figures: longFigures },
  faults: ['crash-before', 'crash-after'],
  arrange: (world) => {
    world.handlers = {
      ...world.handlers,
      counting: async ({ seconds }, job) => {
        if (seconds > 0 && !job.resume) await job.sleep(9 * hour, { passed: seconds });
        return { seconds };
      },
    };
  },
  act: async (client) => {
    const { job } = await submit(client, 'first', countingDown(9));
    await submit(client, 'second', countingDown(0));
    if (!job) return;
    await client.until(job.id, 'waiting');
    // Its message comes back by itself within an hour.
    await client.pause((hour / 2) * 1000);
    await client.cancel(job.id);
  },
  assert: (world) => {
    expectStatus(world, 'succeeded', 'canceled');
    const second = [...world.table.items.values()].find(({ status }) => status === 'succeeded');
    const waited = (second?.finishedAt ?? Infinity) - startOfTime;
    if (!world.settings.plan && waited > (hour / 2 + 60) * 1000)
      throw new Violation('a canceled job does not hold up its group', `for ${waited} ms`);
  },
};

export const orderedQueueScenarios: readonly Scenario[] = [inSecond, canceledInSecond];

export const orderedQueueMutants: readonly Mutant[] = [
  {
    name: 'two processes do not agree on the ordered queue of a tenant',
    shownBy: inSecond.name,
    // The second job of the group is sent by a process that takes the third one.
    ports: (ports, role, world) => {
      const [, , third = world.ordered] = world.orderedQueues;
      const onSent = (message: JobMessage) => world.invariants.order.onSent(message, role);
      const other = queuePort({ own: third, quarantined: world.quarantined }, { onSent });
      const send: typeof ports.ordered.send = (message) =>
        (world.table.items.size === 1 ? other : ports.ordered).send(message);
      return role === 'submit' ? { ...ports, ordered: { ...ports.ordered, send } } : ports;
    },
  },
  {
    name: 'a cancel shows a message of the first ordered queue',
    shownBy: canceledInSecond.name,
    ports: (ports, role, world) =>
      role === 'cancel'
        ? {
            ...ports,
            ordered: {
              ...ports.ordered,
              changeVisibility: async ({ receiptHandle }, seconds) =>
                world.ordered.changeVisibility(receiptHandle, seconds),
            },
          }
        : ports,
  },
];
