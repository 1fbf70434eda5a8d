import { RetryAfterError } from '../../shared/domain/base/errors.ts';
import { contracts } from '../job-types/contracts.ts';
import type { Client } from './client.ts';
import { hour } from './clock-scenarios.ts';
import { countingDown, line } from './group-scenarios.ts';
import { large } from './large-jobs.ts';
import { longFigures, waitingFigures } from './limits.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { onServers, servers } from './server-scenarios.ts';
import { Violation } from './violation.ts';
import { job } from './waiting-scenarios.ts';
import type { World } from './world.ts';

/** Each wait is one admission, and each fault may add some. */
export const settings = { figures: waitingFigures, maxAdmissions: 6 };
const hourMs = hour * 1000;

/** Asks for waits of so many seconds, until its run has waited for so long in all. */
const busyFor =
  (world: World, wait: number, inAll: number): World['handlers']['counting'] =>
  async (payload, context) => {
    const { waitedMs = 0 } = world.table.items.get(context.id) ?? {};
    // In turns a number and a time.
    const after = waitedMs === 0 ? wait : new Date(context.now() + wait * 1000);
    if (waitedMs < inAll * 1000 && payload.seconds > 0) throw new RetryAfterError(after, '429');
    return { seconds: payload.seconds };
  };

export const busy =
  (wait: number, inAll: number) =>
  (world: World): void => {
    world.handlers = { ...world.handlers, counting: busyFor(world, wait, inAll) };
  };

export const submit = async (client: Client, maxAttempts = 1): Promise<string> => {
  const { job } = await client.insist({ key: 'busy', payload: { seconds: 1 }, maxAttempts });
  return job?.id ?? '';
};

/** A crash is an attempt, and there is but one. */
const succeeded = (world: World): void =>
  expectStatus(world, 'succeeded', ...(world.settings.plan ? ['failed'] : []));

/** Undisturbed, nothing waits in a queue. */
function expectEmptyQueues({ queue, single, waiting, settings: { plan } }: World): void {
  const left = queue.length + single.length + waiting.length;
  if (left > 0 && !plan)
    throw new Violation('what waits for long leaves its queue', `${left} messages are in a queue`);
}

const putOff = (name: string, wait: number, inAll: number): Scenario => ({
  name,
  settings,
  arrange: busy(wait, inAll),
  act: async (client, world) => {
    const id = await submit(client);
    const item = await client.until(id, wait > 900 ? 'waiting' : 'queued', 'succeeded');
    await client.pause((wait * 1000) / 2);
    if (wait > 900 && item?.status === 'waiting') world.guard(() => expectEmptyQueues(world));
  },
  assert: (world) => {
    succeeded(world);
    const [item] = world.table.items.values();
    const { startedAt = 0, finishedAt = 0, status } = item ?? {};
    if (status === 'succeeded' && finishedAt - startedAt < inAll * 1000)
      throw new Violation('a wait is not cut short', `${finishedAt - startedAt} ms`);
    if (!world.settings.plan && finishedAt - startedAt > inAll * 1000 + 10_000)
      throw new Violation('a wait ends in time', `${finishedAt - startedAt} ms`);
  },
});

const tooLong: Scenario = {
  name: 'a job is to be tried later again and again, until it has waited for seven days',
  settings,
  arrange: busy(60 * hour, 24 * 30 * hour),
  act: async (client) => {
    const id = await submit(client, 9);
    await client.pause(8 * 24 * hourMs);
    await client.until(id, 'failed');
    await client.retry(id);
  },
  assert: (world) => expectStatus(world, 'failed'),
};

/** It takes some seconds to be told, so that a worker that stood still wakes up while the next one runs it. */
const strayCopies: Scenario = {
  name: 'stray copies of a job that is to be tried in hours',
  settings: { ...settings, maxAdmissions: 60 },
  arrange: (world) => {
    const busy = busyFor(world, 3 * hour, 3 * hour);
    const counting: typeof busy = async (payload, context) => {
      await context.pause(9);
      return busy(payload, context);
    };
    world.handlers = { ...world.handlers, counting };
  },
  act: async (client, world) => {
    await submit(client, 9);
    const [copy] = world.queue.bodies;
    const seconds = [0.05, 28, 34, 40, hour, 3 * hour - 60, 3 * hour + 9];
    if (copy) for (const delay of seconds) world.queue.send(copy, { delayMs: delay * 1000 });
  },
  assert: (world) => expectStatus(world, 'succeeded'),
};

const inGroup: Scenario = {
  name: 'the first job of a group is to be tried in hours, and the second waits for it',
  settings: { figures: longFigures },
  arrange: busy(3 * hour, 3 * hour),
  act: async (client) => {
    await line(client, 'g', [countingDown(9), countingDown(0)]);
  },
  assert: (world) => expectStatus(world, 'succeeded'),
};

/** The bound after an attempt is between one and six hours, and so are most backoffs. */
const slowBackoff: Scenario = {
  name: 'a type waits for hours between its attempts',
  settings,
  arrange: (world) => {
    const retry = { firstSeconds: hour, factor: 6, maxSeconds: 6 * hour };
    world.contracts = { ...contracts, counting: { ...contracts.counting, retry } };
  },
  act: async (client) => {
    await client.insist({ key: 'slow', payload: { seconds: 0, failFirst: 3 }, maxAttempts: 9 });
  },
  assert: (world) => expectStatus(world, 'succeeded'),
};

/** When it comes back, what it depended on is not in the table any more. */
const dependent: Scenario = {
  name: 'a job with a dependency is to be tried in hours, and its dependency expires',
  settings,
  arrange: busy(3 * hour, 3 * hour),
  act: async (client, world) => {
    const a = await job(client, 'a', 0, [], 3);
    const b = await job(client, 'b', 1, [a]);
    await client.until(a.job?.id ?? '', 'succeeded');
    await client.pause(hourMs);
    const { id, status } = world.table.items.get(a.job?.id ?? '') ?? {};
    if (id === undefined || status !== 'succeeded' || !world.table.items.get(b.job?.id ?? '')?.startedAt)
      return;
    world.expire(id);
    client.accepted.delete(id);
  },
  assert: succeeded,
};

const onServer: Scenario = {
  name: 'a job of a server is to be tried in hours',
  settings: { ...settings, servers: servers() },
  arrange: (world) => onServers(busyFor(world, 3 * hour, 3 * hour))(world),
  act: async (client) => {
    await submit(client, 3);
    await client.pause(hourMs);
  },
  assert: succeeded,
};

const largeMessage: Scenario = {
  name: 'a job with a large message is to be tried in hours, twice',
  settings,
  arrange: (world) => {
    world.handlers = {
      ...world.handlers,
      'csv-sums': async (_payload, { id }) => {
        const { waitedMs = 0 } = world.table.items.get(id) ?? {};
        if (waitedMs < 6 * hourMs) throw new RetryAfterError(3 * hour);
        return { rows: 0, groups: [] };
      },
    };
  },
  act: async (client) => {
    await large(client);
  },
  assert: succeeded,
};

/** Handlers are told to come again later, and types that wait for long between attempts. */
export const retryScenarios: readonly Scenario[] = [
  putOff('a job is to be tried in a minute, twice', 60, 120),
  putOff('a job is to be tried in three hours, twice', 3 * hour, 6 * hour),
  tooLong,
  strayCopies,
  inGroup,
  slowBackoff,
  dependent,
  onServer,
  largeMessage,
];
