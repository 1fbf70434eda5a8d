import { PermanentError } from '../../shared/job/errors.ts';
import { writeMessage } from '../../shared/job/message.ts';
import { submissionMessage } from '../../shared/operations/submit-job.ts';
import type { Client } from './client.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';

export const countingDown = (seconds: number, more: { failFirst?: number } = {}) => ({ seconds, ...more });

/** Submits jobs of a group one after another, each as soon as the one before is accepted. */
export async function line(client: Client, group: string, payloads: readonly unknown[]): Promise<void> {
  for (const [place, payload] of payloads.entries())
    await client.insist({ key: `${group} ${place}`, group, payload, maxAttempts: 4 });
}

/** The third fails twice, the fourth for good; whatever becomes of them, the others succeed. */
const twenty: Scenario = {
  name: 'a group of twenty, of which one fails twice and one for good, beside another group',
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
      throw new Violation('a job that fails for good lets the next one run', `${failed.length} failed`);
  },
};

const crowded: Scenario = {
  name: 'a group of three while copies float',
  settings: { chaos: true },
  act: async (client) => {
    await line(client, 'one', [countingDown(2, { failFirst: 1 }), countingDown(1), countingDown(0)]);
  },
  assert: (world) => expectStatus(world, 'succeeded'),
};

const canceledInGroup: Scenario = {
  name: 'of a group the first is canceled, and retried behind the others',
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

/** Fails for good in its first run. */
const retriedInGroup: Scenario = {
  name: 'of a group one fails, and is retried at once: within the time in which SQS swallows what it has seen',
  arrange: (world) => {
    world.handlers = {
      ...world.handlers,
      countdown: async (payload, job) => {
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

/** The jobs of a group wait for nothing, but others may wait for them. */
const waitedFor: Scenario = {
  name: 'what depends on the last of a group, of which the first fails',
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
  name: 'of a group two racing submissions with one key and different bodies',
  act: async (client) => {
    await Promise.all(
      [1, 2].map((seconds) => client.insist({ key: 'k', group: 'g', payload: countingDown(seconds) })),
    );
  },
  assert: (world) => expectStatus(world, 'succeeded'),
};

const nearLimitsInGroup: Scenario = {
  name: 'of a group the first has been in its queue for too long',
  act: async (client, world) => {
    const message = submissionMessage(
      { tenant: 'someone', type: 'countdown', payload: countingDown(0), maxAttempts: 3, group: 'g' },
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
      throw new Violation('a job that is too old for its queue fails, and no other', errors.join());
  },
};

export const groupScenarios: readonly Scenario[] = [
  racingBodiesInGroup,
  retriedInGroup,
  canceledInGroup,
  crowded,
  nearLimitsInGroup,
  waitedFor,
  twenty,
];
