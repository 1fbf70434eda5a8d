import { PermanentError } from '../../shared/domain/base/errors.ts';
import { writeMessage } from '../../shared/domain/state/job/message.ts';
import { submissionMessage } from '../../shared/operations/submit/submit-job.ts';
import type { Client } from './client.ts';
import { retentionMs } from './limits.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';

export const countingDown = (seconds: number, more: { failFirst?: number } = {}) => ({ seconds, ...more });

/** Submits jobs of a group one after another, each when the one before was accepted. */
export async function line(client: Client, group: string, payloads: readonly unknown[]): Promise<void> {
  for (const [place, payload] of payloads.entries())
    await client.insist({ key: `${group} ${place}`, group, payload, maxAttempts: 4 });
}

/** The third fails twice and the fourth for good. The others succeed. */
const twenty: Scenario = {
  name: 'a group of twenty, of which one job fails twice and one for good, beside another group',
  act: async (client) => {
    const payloads = Array.from({ length: 20 }, (_, place) =>
      place === 3 ? 'not a payload' : countingDown(0, place === 2 ? { failFirst: 2 } : {}),
    );
    await Promise.all([
      line(client, 'one', payloads),
      line(client, 'other', [countingDown(1), countingDown(0)]),
    ]);
  },
  assert: (world) => {
    const failed = [...world.table.items.values()].filter(({ status }) => status === 'failed');
    if (failed.length !== 1 || failed[0]?.error?.name !== 'InvalidPayloadError')
      throw new Violation('a failed job of a group lets the next one run', `${failed.length} failed`);
  },
};

const crowded: Scenario = {
  name: 'a group of three with duplicates and reordering',
  settings: { chaos: true },
  act: async (client) => {
    await line(client, 'one', [countingDown(2, { failFirst: 1 }), countingDown(1), countingDown(0)]);
  },
  assert: (world) => expectStatus(world, 'succeeded'),
};

const canceledInGroup: Scenario = {
  name: 'the first job of a group is canceled, and retried behind the others',
  act: async (client) => {
    const { job } = await client.insist({
      key: 'first',
      group: 'g',
      payload: countingDown(9),
      maxAttempts: 4,
    });
    await line(client, 'g', [countingDown(1), countingDown(0)]);
    if (!job) return;
    await client.pause(2_000);
    await client.cancel(job.id);
    await client.until(job.id, 'canceled');
    await client.retry(job.id);
  },
  assert: (world) => expectStatus(world, 'succeeded'),
};

/** TTL removes the first one when it has ended, with a message of its own before that of the second one. */
const expiredInGroup: Scenario = {
  name: 'a job of a group ends and expires, and then the next one comes',
  act: async (client, world) => {
    const { job } = await client.insist({ key: 'first', group: 'g', payload: countingDown(0) });
    if (!job) return;
    await client.until(job.id, 'succeeded', 'failed');
    await client.pause(retentionMs);
    world.expire(job.id);
    client.accepted.delete(job.id);
    await client.insist({ key: 'second', group: 'g', payload: countingDown(0), maxAttempts: 4 });
  },
  assert: (world) => expectStatus(world, 'succeeded'),
};

/** Fails for good in its first run. */
const retriedInGroup: Scenario = {
  name: 'a job of a group fails and is retried within the deduplication interval of SQS',
  arrange: (world) => {
    world.handlers = {
      ...world.handlers,
      counting: async (payload, job) => {
        if (payload.failFirst && (world.table.items.get(job.id)?.run ?? 0) < 2)
          throw new PermanentError('not yet');
        return { seconds: payload.seconds };
      },
    };
  },
  act: async (client) => {
    const { job } = await client.insist({
      key: 'first',
      group: 'g',
      payload: countingDown(0, { failFirst: 1 }),
    });
    await line(client, 'g', [countingDown(1)]);
    if (!job) return;
    await client.until(job.id, 'failed');
    await client.retry(job.id);
  },
  assert: (world) => expectStatus(world, 'succeeded'),
};

/** Jobs of a group have no dependencies, but others may depend on them. */
const waitedFor: Scenario = {
  name: 'a job depends on the last of a group, whose first job fails',
  act: async (client) => {
    await line(client, 'g', ['not a payload', countingDown(2)]);
    const { job } = await client.insist({
      key: 'last',
      group: 'g',
      payload: countingDown(0),
      maxAttempts: 4,
    });
    await client.insist({ key: 'dependent', dependsOn: job ? [job.id] : [], maxAttempts: 4 });
  },
  assert: (world) => {
    const failed = [...world.table.items.values()].filter(({ status }) => status === 'failed');
    if (failed.length !== 1) throw new Violation('jobs end as they should', `${failed.length} failed`);
  },
};

const racingBodiesInGroup: Scenario = {
  name: 'two racing submissions to a group with one key and different bodies',
  act: async (client) => {
    await Promise.all(
      [1, 2].map((seconds) => client.insist({ key: 'k', group: 'g', payload: countingDown(seconds) })),
    );
  },
  assert: (world) => expectStatus(world, 'succeeded'),
};

const nearLimitsInGroup: Scenario = {
  name: 'the first job of a group has been in its queue for too long',
  act: async (client, world) => {
    const message = submissionMessage(
      { tenant: 'someone', type: 'counting', payload: countingDown(0), maxAttempts: 3, group: 'g' },
      { id: world.random.uuid(), fingerprint: 'f', now: world.time.now },
    );
    world.ordered.send(writeMessage(message), {
      ageMs: 12 * 24 * 3600 * 1000,
      group: JSON.stringify(['someone', 'g']),
    });
    await line(client, 'g', [countingDown(0)]);
  },
  assert: (world) => {
    const errors = [...world.table.items.values()].flatMap(({ error }) => error?.name ?? []);
    if (errors.join() !== 'QueueLimitError')
      throw new Violation('only a job that is too old for its queue fails', errors.join());
  },
};

export const groupScenarios: readonly Scenario[] = [
  racingBodiesInGroup,
  retriedInGroup,
  canceledInGroup,
  crowded,
  nearLimitsInGroup,
  waitedFor,
  expiredInGroup,
  twenty,
];
