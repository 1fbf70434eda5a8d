import { expect, test } from '@jest/globals';
import type { JobCounts } from '../../../../../shared/domain/access/ports.ts';
import { StoreUnavailableError } from '../../../../../shared/domain/base/errors.ts';
import type { JobItem } from '../../../../../shared/domain/state/job/item.ts';
import { unfinishedKeyOf } from '../../../../../shared/domain/state/job/list-keys.ts';
import { UnfinishedJobs } from '../../../../../shared/operations/doors/unfinished-jobs.ts';
import { FixedClock } from '../../../../../testkit/fakes/fixed.ts';
import { InMemoryJobCounts, scopeKeyOf } from '../../../../../testkit/fakes/in-memory-job-counts.ts';
import { anId, aQueuedItem, itsListKey } from '../../../../set-ups/samples.ts';

const scope = { tenant: 'a tenant', limit: 'unfinishedJobs' } as const;

/** A tenant that may have ten unfinished jobs, and processes that let its jobs in. */
function aTenant(max = 10) {
  const items = new Map<string, JobItem>();
  const clock = new FixedClock();
  const fake = new InMemoryJobCounts(items);
  const calls: string[] = [];
  const failing = new Set<string>();
  const counts = Object.fromEntries(
    (['read', 'raise', 'count', 'create', 'begin', 'settle'] as const).map((name) => [
      name,
      (...args: never[]) => {
        calls.push(name);
        if (failing.has(name)) throw new StoreUnavailableError('no');
        return Reflect.apply(fake[name], fake, args);
      },
    ]),
  ) as unknown as JobCounts;
  const aProcess = () => {
    const unfinished = new UnfinishedJobs({ counts, clock });
    return {
      takenOf: async (wanted: number) => (await unfinished.take({ scope, wanted, max })).taken,
      take: (wanted: number) => unfinished.take({ scope, wanted, max }),
      roomFor: (wanted: number) => unfinished.roomFor({ scope, wanted, max }),
      unfinished: () => unfinished.unfinished(scope, max),
    };
  };
  /** So many jobs are unfinished. */
  const run = (jobs: number) => {
    items.clear();
    for (let job = 0; job < jobs; job += 1)
      items.set(
        anId(job),
        aQueuedItem({ id: anId(job), counted: true, failedKey: unfinishedKeyOf(itsListKey) }),
      );
  };
  const callsOf = async (work: () => Promise<unknown>): Promise<string> => {
    calls.length = 0;
    await work();
    return calls.join(' ');
  };
  return { ...aProcess(), aProcess, run, clock, callsOf, failing, counts: fake.counts };
}

test('lets in as many jobs as may be unfinished, and then says when to ask again', async () => {
  const { take } = aTenant();
  expect(await take(7)).toMatchObject({ taken: 7 });
  expect(await take(7)).toEqual({ taken: 3, retryAfterSeconds: 5 });
  expect(await take(1)).toEqual({ taken: 0, retryAfterSeconds: 5 });
});

test('begins with what is unfinished', async () => {
  const { run, takenOf } = aTenant();
  run(8);
  expect(await takenOf(5)).toBe(2);
});

test('costs a write, and none where the process knows that there is no room', async () => {
  const { takenOf, callsOf, run, clock, aProcess } = aTenant();
  expect(await callsOf(() => takenOf(1))).toBe('read count create read raise');
  expect(await callsOf(() => takenOf(1))).toBe('raise');
  expect(await callsOf(() => takenOf(20))).toBe('raise');
  expect(await callsOf(() => takenOf(1))).toBe('');
  const other = aProcess();
  expect(await callsOf(() => other.takenOf(1))).toBe('read');
  run(10);
  await clock.advance(5_000);
  // One of them counts for all.
  expect(await callsOf(() => takenOf(1))).toBe('begin count settle read');
  expect(await callsOf(() => other.takenOf(1))).toBe('begin read');
});

test('jobs that have ended make room as soon as somebody may count again', async () => {
  const { takenOf, run, clock } = aTenant();
  expect(await takenOf(10)).toBe(10);
  run(4);
  await clock.advance(4_999);
  expect(await takenOf(1)).toBe(0);
  await clock.advance(1);
  expect(await takenOf(20)).toBe(6);
});

test('counts before it is full, so that nobody is refused because of jobs that have ended', async () => {
  const { takenOf, callsOf, run, clock } = aTenant();
  await takenOf(4);
  await clock.advance(5_000);
  expect(await callsOf(() => takenOf(1))).toBe('raise begin count settle read');
  for (let second = 0; second < 30; second += 1) {
    run(1);
    expect(await takenOf(1)).toBe(1);
    await clock.advance(1_500);
  }
});

test('what has come in lately and is not in the index yet is counted all the same', async () => {
  const { takenOf, clock, run } = aTenant();
  await takenOf(4);
  await clock.advance(5_000);
  // The index knows of none of them.
  expect(await takenOf(5)).toBe(5);
  expect(await takenOf(20)).toBe(1);
  run(10);
  await clock.advance(5_000);
  expect(await takenOf(1)).toBe(0);
});

test('a function that dies between two calls leaves the number too high, until somebody counts again', async () => {
  const { takenOf, run, clock, failing, counts } = aTenant();
  await takenOf(10);
  run(2);
  await clock.advance(5_000);
  failing.add('settle');
  await expect(takenOf(1)).rejects.toThrow(StoreUnavailableError);
  failing.clear();
  expect(await takenOf(1)).toBe(0);
  await clock.advance(5_000);
  expect(await takenOf(1)).toBe(1);
  expect(counts.get(scopeKeyOf(scope))?.count).toBe(3);
});

test('jobs that are let in stay so if the index cannot be counted then', async () => {
  const { takenOf, clock, failing } = aTenant();
  await takenOf(4);
  await clock.advance(5_000);
  failing.add('count');
  expect(await takenOf(3)).toBe(3);
});

test('a process knows without a call how many may come in', async () => {
  const { take, roomFor, clock, callsOf } = aTenant();
  expect(roomFor(20)).toEqual({ taken: 20, retryAfterSeconds: 1 });
  await take(8);
  expect(roomFor(20)).toEqual({ taken: 2, retryAfterSeconds: 5 });
  await clock.advance(5_000);
  expect(await callsOf(async () => expect(roomFor(20).taken).toBe(20))).toBe('');
});

test('looks at the index itself, up to the limit', async () => {
  const { run, unfinished } = aTenant();
  run(3);
  expect(await unfinished()).toBe(3);
  run(12);
  expect(await unfinished()).toBe(10);
});
