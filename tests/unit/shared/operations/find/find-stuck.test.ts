import { describe, expect, test } from '@jest/globals';
import type { JobItem } from '../../../../../shared/domain/state/job/item.ts';
import { dueKeys } from '../../../../../shared/domain/state/job/list-keys.ts';
import { pointerTo } from '../../../../../shared/domain/state/job/pointer.ts';
import type { QueueName } from '../../../../../shared/domain/state/ports.ts';
import { findStuck, resolveAllStuck } from '../../../../../shared/operations/find/find-stuck.ts';
import { FixedClock, t0 } from '../../../../../testkit/fakes/fixed.ts';
import { inMemoryBatches } from '../../../../../testkit/fakes/in-memory-batches.ts';
import { inMemoryOpenJobs } from '../../../../../testkit/fakes/in-memory-open-jobs.ts';
import { InMemoryPointerQueue } from '../../../../../testkit/fakes/in-memory-queues.ts';
import { contracts } from '../../../../job-types/contracts.ts';
import { anId, aQueuedItem, aRoot, aRunningItem, dayMs, jobId } from '../../../../set-ups/samples.ts';

const minuteMs = 60_000;
const purgedAt = t0 - 10 * minuteMs;
const before = purgedAt - minuteMs;
const queued = (over: Partial<JobItem> = {}) =>
  aQueuedItem({ type: 'csv-sums', createdAt: before, updatedAt: before, ...over });
const running = (over: Partial<JobItem> = {}) =>
  aRunningItem({ type: 'csv-sums', createdAt: before, updatedAt: before, leaseUntil: before, ...over });

function looking(...items: readonly JobItem[]) {
  const pointers = new InMemoryPointerQueue();
  const clock = new FixedClock();
  const open = inMemoryOpenJobs(new Map(items.map((item) => [item.id, item])), 60);
  const deps = { open, pointers, clock, contracts, batches: inMemoryBatches() };
  const purged = (...queues: readonly QueueName[]) => findStuck({ purge: { queues, purgedAt } }, deps);
  return { deps, pointers, clock, purged };
}

describe('findStuck', () => {
  test('finds without a purge what was not seen for 15 days, and says whether its message is kept', async () => {
    const longAgo = t0 - 15 * dayMs;
    const lost = queued({ id: anId(1), updatedAt: longAgo });
    const kept = queued({ id: anId(2), updatedAt: longAgo, messageObject: 'messages/a' });
    const { deps } = looking(lost, kept, queued({ id: anId(3), updatedAt: longAgo + 1 }));
    expect((await findStuck({}, deps)).jobs).toEqual([
      { item: lost, isKept: false },
      { item: kept, isKept: true },
    ]);
  });

  test.each<[what: string, item: JobItem, queues: readonly QueueName[]]>([
    ['a queued job', queued(), ['standard']],
    ['a job of a group', queued({ group: 'g' }), ['ordered']],
    ['a job of another queue', queued({ type: 'counting' }), ['long']],
    ['a job whose worker has died', running(), ['standard']],
    ['a job that has crashed in company', running({ inCompany: true }), ['standard', 'long']],
    [
      'a job that runs alone since it crashed in company',
      queued({ startedAt: before, history: [{ event: 'started', at: before, attempt: 1 }] }),
      ['standard', 'long'],
    ],
    ['a job that depends on others', queued({ dependsOn: [anId(9)] }), ['standard', 'waiting']],
    ['a job that was sent on once more', queued({ runAt: before + 16 * minuteMs }), ['standard', 'waiting']],
    [
      'a job that SQS has delayed',
      queued({ status: 'waiting', runAt: before + 15 * minuteMs }),
      ['standard'],
    ],
    [
      'a job that others came before, and that has begun',
      queued({ dependsOn: [anId(9)], startedAt: before }),
      ['standard'],
    ],
  ])(
    'finds after a purge %s, if all queues were emptied that may have had it',
    async (_what, item, queues) => {
      const { purged } = looking(item);
      expect((await purged(...queues)).jobs).toHaveLength(1);
      for (const left of queues)
        expect((await purged('server', ...queues.filter((queue) => queue !== left))).jobs).toEqual([]);
    },
  );

  test.each([
    ['was written to right before the purge', queued({ updatedAt: purgedAt - 29_999 })],
    ['was sent on since', queued({ seenAt: purgedAt })],
    ['has a lease', running({ leaseUntil: t0 })],
    ['waits outside of all queues', queued(dueKeys(jobId, t0))],
  ])('leaves a job that %s', async (_what, item) => {
    expect((await looking(item).purged('standard')).jobs).toEqual([]);
  });

  test('ends a call when it has found a hundred, or has looked for 15 seconds', async () => {
    const many = Array.from({ length: 200 }, (_, number) => queued({ id: anId(number + 1) }));
    const { deps, clock } = looking(...many);
    const purge = { queues: ['standard'] as const, purgedAt };
    const first = await findStuck({ purge }, deps);
    expect(first).toMatchObject({ jobs: { length: 120 }, next: anId(120) });
    const slowly: typeof deps.open = {
      page: async (query) => {
        await clock.advance(15_000);
        return deps.open.page(query);
      },
    };
    const second = await findStuck({ purge, after: first.next }, { ...deps, open: slowly });
    expect(second).toMatchObject({ jobs: { length: 60 }, next: anId(180) });
    expect(await findStuck({ purge, after: second.next }, deps)).not.toHaveProperty('next');
  });
});

describe('a parent of children that were in a queue that was emptied', () => {
  const root = aRoot({ type: 'csv-sums', createdAt: purgedAt - 1 });
  const waits: Partial<JobItem> = {
    ...{ status: 'waiting', notBefore: 1, dueKey: '1', updatedAt: t0 },
    awaits: { until: 1, batches: [root.batch] },
  };

  test.each([
    ['looks for them at once, also if it has begun to wait later', {}, ['standard'], 1],
    ['does not, of another queue', {}, ['long'], 0],
    ['does not, of children that were sent later', { createdAt: purgedAt + 1 }, ['standard'], 0],
    ['does not, if somebody has asked since', { wantedAt: purgedAt + 1 }, ['standard'], 0],
  ] as const)('%s', async (_what, over, queues, looks) => {
    const { deps, pointers } = looking(queued({ ...waits, tenant: root.tenant }));
    await deps.batches.create({ ...root, ...over });
    const found = await resolveAllStuck({ purge: { queues: [...queues], purgedAt } }, deps);
    expect(found.jobs).toHaveLength(looks);
    expect(pointers.sent).toHaveLength(looks);
    if (looks > 0) expect(deps.batches.roots.get(root.batch)?.wantedAt).toBeGreaterThan(purgedAt);
  });
});

test('resolveAllStuck has admission see to each job that it finds, on the condition that it is still as found', async () => {
  const { deps, pointers } = looking(queued(), running({ id: anId(2), leaseUntil: t0 }));
  const found = await resolveAllStuck({ purge: { queues: ['standard'], purgedAt } }, deps);
  expect(found.jobs).toHaveLength(1);
  expect(pointers.sent).toEqual([
    { pointer: { ...pointerTo(queued()), lostUnlessSeenSince: purgedAt - 30_000 }, delaySeconds: 0 },
  ]);
});
