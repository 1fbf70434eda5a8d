import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { StoreUnavailableError } from '../../../../../shared/domain/base/errors.ts';
import { failureOf } from '../../../../../shared/domain/state/failures/failure.ts';
import type { JobItem } from '../../../../../shared/domain/state/job/item.ts';
import { listKeyOf } from '../../../../../shared/domain/state/job/list-keys.ts';
import { jobStatuses } from '../../../../../shared/domain/state/job/transitions.ts';
import type { Listed } from '../../../../../shared/domain/state/ports.ts';
import {
  type JobFilter,
  type JobPage,
  maxUnitsAPage,
} from '../../../../../shared/operations/find/list-jobs.ts';
import { t0 } from '../../../../../testkit/fakes/fixed.ts';
import { aListing, idsOf } from '../../../../set-ups/listing.ts';
import { anId, newerVersion } from '../../../../set-ups/samples.ts';

/** A list that changes between its pages, and while one of them is read. */

const listShards = 4;
const tenant = 'a tenant';
const maxJobs = 99;
const types = ['counting', 'csv-sums'];
const groups = ['g', 'h'];
/** Of a job that is as large as it can be. Six of these, and a page ends at its units. */
const largeState = 's'.repeat(390_000);

const optional = <T>(values: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: values });
const aNumber = fc.integer({ min: 1, max: maxJobs });

const submissions = fc.record({
  number: aNumber,
  /** How much later than the one before. */
  later: fc.nat(2),
  type: fc.constantFrom(...types),
  group: optional(fc.constantFrom(...groups)),
  tags: fc.subarray(['red', 'blue']),
  /** How many shards the list has at the submission. */
  shards: fc.constantFrom(1, 2, listShards),
  isLarge: fc.constantFrom(false, false, false, true),
});
type Submission = typeof submissions extends fc.Arbitrary<infer T> ? T : never;

const jobChangeNames = ['fail', 'retry', 'succeed', 'erase', 'expire'] as const;
type JobChange = (typeof jobChangeNames)[number];

const changes = fc.oneof(
  fc.record({ kind: fc.constantFrom('submit' as const, 'replace'), submission: submissions }),
  fc.record({
    kind: fc.constantFrom(...jobChangeNames),
    number: aNumber,
  }),
  fc.record({ kind: fc.constant('catchUp' as const), every: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ kind: fc.constant('throttle' as const), calls: fc.integer({ min: 1, max: 3 }) }),
);
type Change = typeof changes extends fc.Arbitrary<infer T> ? T : never;

const histories = fc.record({
  submitted: fc.array(submissions, { minLength: 40, maxLength: maxJobs }),
  /** What happens before the first page. */
  before: fc.array(changes, { maxLength: 30 }),
  meanwhile: fc.array(changes, { maxLength: 60 }),
  /** How much of it happens before each call. */
  paces: fc.array(fc.nat(4), { minLength: 1, maxLength: 8 }),
});
type History = typeof histories extends fc.Arbitrary<infer T> ? T : never;

const filters: fc.Arbitrary<JobFilter> = fc.record({
  status: optional(fc.constantFrom('queued', 'failed', 'succeeded')),
  type: optional(fc.constantFrom(...types)),
  group: optional(fc.constantFrom(...groups)),
  tags: optional(fc.subarray(['red', 'blue'])),
  since: optional(fc.integer({ min: t0 - 1, max: t0 + 40 })),
  until: optional(fc.integer({ min: t0 + 20, max: t0 + 90 })),
});

function matches(item: JobItem, filter: JobFilter): boolean {
  const { since = 0, until = Number.POSITIVE_INFINITY, tags = [], ...same } = filter;
  const hasSame = (['status', 'type', 'group'] as const).every(
    (key) => same[key] === undefined || same[key] === item[key],
  );
  const isInRange = since <= item.createdAt && item.createdAt < until;
  return item.tenant === tenant && hasSame && isInRange && tags.every((tag) => item.tags?.includes(tag));
}

/** A list with a history. `tell` tells the rest of it, some at each call. */
function aChangingList() {
  const listing = aListing({ listShards });
  const { store, list } = listing;
  let after = 0;
  let throttled = 0;
  list.lags = true;

  async function submit({ number, later, group, isLarge, ...more }: Submission): Promise<void> {
    after += later;
    const owner = number % 4 === 0 ? 'another' : tenant;
    const id = anId(number);
    const isNew = !store.items.has(id);
    await listing.submit({ id, after, tenant: owner, ...more, ...(group ? { group } : {}) });
    if (isNew && isLarge) listing.set(id, { checkpoint: largeState });
  }

  const changeJob = async (kind: JobChange, id: string): Promise<void> => {
    if (store.items.has(id)) await listing[kind](id);
  };

  async function change(one: Change): Promise<void> {
    if ('submission' in one) {
      if (one.kind === 'replace') listing.expire(anId(one.submission.number));
      await submit(one.submission);
    }
    if ('number' in one) await changeJob(one.kind, anId(one.number));
    if ('calls' in one) throttled = one.calls;
    if ('every' in one) {
      let count = 0;
      list.catchUp(() => count++ % one.every === 0);
    }
  }

  const isThrottled = (): boolean => {
    throttled -= 1;
    return throttled >= 0;
  };
  return { ...listing, submit, change, isThrottled };
}

/** Reads all pages of a list while it changes. @returns the pages, and the ids of the jobs that have to be in them */
async function readWhileItChanges(
  { submitted, before, meanwhile, paces }: History,
  asked: { readonly filter: JobFilter; readonly limit: number },
) {
  const { store, list, submit, change, isThrottled, page } = aChangingList();
  for (const one of submitted) await submit(one);
  for (const one of before) await change(one);

  const isListed = ({ id, position }: Listed) => {
    const item = store.items.get(id);
    return item?.listPosition === position && matches(item, asked.filter);
  };
  const keys = Array.from({ length: listShards }, (_, shard) => listKeyOf(tenant, shard));
  const used = asked.filter.status === 'failed' ? 'failed' : 'all';
  const inTheList = () =>
    list.entries().filter((entry) => entry.list === used && keys.includes(entry.key) && isListed(entry));
  let expected = inTheList();

  const left = [...meanwhile];
  let calls = 0;
  const goOn = async () => {
    for (let pace = paces[calls++ % paces.length] ?? 0; pace > 0; pace -= 1) {
      const next = left.shift();
      if (next) await change(next);
      expected = expected.filter(isListed);
    }
    return isThrottled();
  };
  // One call after the other, so that nothing happens unseen.
  let turn: Promise<boolean> = Promise.resolve(false);
  list.before = async () => {
    turn = turn.then(goOn);
    if (await turn) throw new StoreUnavailableError('throttled');
  };

  const pages: JobPage[] = [];
  const repeated = async (below: string | undefined): Promise<JobPage> => {
    for (;;) {
      const result = await page({ ...asked.filter, limit: asked.limit, below }).catch((error: unknown) => {
        if (!(error instanceof StoreUnavailableError)) throw error;
      });
      if (result) return result;
      if (pages.length === 0) expected = inTheList();
    }
  };
  let next: string | undefined;
  do {
    const result = await repeated(next);
    pages.push(result);
    next = result.next;
  } while (next !== undefined && pages.length < 200);
  return { pages, expected: expected.map(({ id }) => id) };
}

describe('listJobs', () => {
  test('lists the jobs of a tenant, newest first', async () => {
    const { submit, ids } = aListing();
    const second = await submit({ after: 2 });
    const first = await submit({ after: 1 });
    const third = await submit({ after: 3 });
    expect(await ids()).toEqual([third, second, first]);
  });

  test('lists jobs of the same millisecond in the order of their ids', async () => {
    const { submit, ids } = aListing();
    const submitted = [await submit(), await submit(), await submit()];
    expect(await ids()).toEqual(submitted.reverse());
  });

  test('lists the items, as they are stored now', async () => {
    const { submit, fail, page, store } = aListing();
    const id = await submit();
    await fail(id);
    expect(await page()).toEqual({ jobs: [store.items.get(id)], newer: [], units: expect.any(Number) });
  });

  test('lists nothing for a tenant without jobs, and never the jobs of another one', async () => {
    const { submit, page } = aListing();
    await submit({ tenant: 'a' });
    expect(await page({ tenant: 'b' })).toEqual({ jobs: [], newer: [], units: expect.any(Number) });
    expect(await page({ tenant: '' })).toEqual({ jobs: [], newer: [], units: expect.any(Number) });
  });

  test('names a job in its place that only newer code can read, with every filter and on its page', async () => {
    const { submit, set, pages, list } = aListing();
    const ids: string[] = [];
    for (let after = 0; after < 5; after += 1) ids.push(await submit({ after }));
    const [oldest = '', , middle = '', , newest = ''] = ids;
    set(newest, { version: newerVersion });
    set(middle, { status: 'paused' as never });
    const rowsOf = (found: readonly JobPage[]) =>
      found.map(({ jobs, newer }) => [
        jobs.map(({ id }) => ids.indexOf(id)),
        newer.map(({ id, version }) => [ids.indexOf(id), version]),
      ]);
    expect(rowsOf(await pages({ limit: 2 }))).toEqual([
      [[3], [[4, newerVersion]]],
      [[1], [[2, 1]]],
      [[0], []],
    ]);
    expect(rowsOf(await pages({ status: 'failed' }))).toEqual([[[], []]]);
    expect(rowsOf(await pages({ type: 'another' }))).toEqual([
      [
        [],
        [
          [4, newerVersion],
          [2, 1],
        ],
      ],
    ]);
    expect(rowsOf(await pages({ until: t0 + 3 }))).toEqual([[[1, 0], [[2, 1]]]]);
    // The index still has the place of an earlier job.
    list.lags = true;
    set(newest, { tenant: 'another tenant' });
    set(oldest, { version: newerVersion, listPosition: 'of an earlier job' });
    expect(rowsOf(await pages())).toEqual([[[3, 1], [[2, 1]]]]);
  });

  test('lists no job whose item is of another tenant, whatever the index says', async () => {
    const { submit, set, ids } = aListing();
    set(await submit(), { tenant: 'b' });
    expect(await ids()).toEqual([]);
  });

  const filters: readonly [string, JobFilter, readonly number[]][] = [
    ['a type', { type: 'csv-sums' }, [3]],
    ['a group', { group: 'g' }, [2, 1]],
    ['a tag', { tags: ['red'] }, [4, 2]],
    ['several tags, all of which a job must have', { tags: ['blue', 'red'] }, [2]],
    ['a part of a tag, which is no tag', { tags: ['re'] }, []],
    ['a time from which on jobs were created', { since: t0 + 3 }, [4, 3]],
    ['a time before which jobs were created', { until: t0 + 3 }, [2, 1]],
    ['a time from which on, and one before which', { since: t0 + 2, until: t0 + 4 }, [3, 2]],
    ['the same time twice: none is in between', { since: t0 + 2, until: t0 + 2 }, []],
    ['a time that ends before it begins', { since: t0 + 3, until: t0 + 2 }, []],
    ['times far away', { since: Date.UTC(-1000, 0), until: Date.UTC(9999, 0) }, [4, 3, 2, 1]],
    ['a time after the year 2286', { until: Date.UTC(2400, 0) }, [4, 3, 2, 1]],
    ['a time after all', { since: Date.UTC(2400, 0) }, []],
    ['a time before all', { until: Date.UTC(1969, 0) }, []],
    ['several of these', { group: 'g', tags: ['red'], since: t0 }, [2]],
  ];
  test.each(filters)('filters by %s', async (_name, filter, expected) => {
    const { submit, ids } = aListing();
    await submit({ after: 1, group: 'g' });
    await submit({ after: 2, group: 'g', tags: ['red', 'blue'] });
    await submit({ after: 3, type: 'csv-sums', tags: ['blue'] });
    await submit({ after: 4, group: 'another', tags: ['red'] });
    expect(await ids(filter)).toEqual(expected.map(anId));
  });

  test('finds a child by its tags alone, or among the failed jobs', async () => {
    const { submit, fail, ids } = aListing();
    const parent = { id: anId(7), batch: anId(8), index: 0, shard: 0, depth: 1 };
    await submit({ after: 1, tags: ['blue'] });
    await submit({ after: 2, tags: ['red', 'blue'], parent });
    const failed = await submit({ after: 3, tags: ['blue'], parent });
    expect(await ids({ tags: ['blue'] })).toEqual([3, 2, 1].map(anId));
    expect(await ids({ tags: ['red'] })).toEqual([anId(2)]);
    expect(await ids({})).toEqual([anId(1)]);
    await fail(failed);
    expect(await ids({ status: 'failed' })).toEqual([failed]);
    expect(await ids({ status: 'failed', tags: ['blue'] })).toEqual([failed]);
    expect(await ids({ tags: ['blue'] })).toEqual([3, 2, 1].map(anId));
  });

  test.each(jobStatuses)('filters by the status %s', async (status) => {
    const { submit, fail, set, ids } = aListing();
    for (const one of jobStatuses) {
      const id = await submit({ after: 1 });
      if (one === 'failed') await fail(id);
      else set(id, { status: one });
    }
    expect(await ids({ status })).toEqual([anId(1 + jobStatuses.indexOf(status))]);
  });

  test('asks for the list of failed jobs only when failed jobs are asked for', async () => {
    const { submit, list, fail, page } = aListing();
    for (let count = 0; count < 30; count += 1) await submit();
    await fail(anId(7));
    await page({ status: 'failed' });
    expect(list.calls.at(-1)).toMatchObject({ call: 'read', count: 1 });
    await page({ status: 'succeeded' });
    expect(list.calls.filter(({ call }) => call === 'read')).toHaveLength(1 + 2);
  });

  test('lists the jobs of a group of errors that are still failed, from the list of failed jobs', async () => {
    const { submit, list, store, fail, retry, erase, ids } = aListing();
    for (const message of ['row 1', 'row 2', 'row 3', 'row 4', 'another'])
      await fail(await submit(), { name: 'Error', message });
    await submit();
    const [first] = store.items.values();
    const error = first && failureOf(first)?.groupId;
    await retry(anId(2));
    await erase(anId(3));
    expect(await ids({ error })).toEqual([anId(4), anId(1)]);
    expect(list.calls.at(-1)).toMatchObject({ call: 'read', count: 3 });
    expect(await ids({ error, status: 'failed', type: 'counting' })).toEqual([anId(4), anId(1)]);
    expect(await ids({ error, status: 'queued' })).toEqual([]);
  });

  test('lists no erased job', async () => {
    const { submit, fail, erase, ids } = aListing();
    const id = await submit();
    await fail(id);
    await erase(id);
    expect(await ids()).toEqual([]);
    expect(await ids({ status: 'failed' })).toEqual([]);
  });
});

describe('listJobs, of an index that lags', () => {
  test('lists a job as soon as the index has it', async () => {
    const { submit, list, ids } = aListing();
    list.lags = true;
    const id = await submit();
    expect(await ids()).toEqual([]);
    list.catchUp();
    expect(await ids()).toEqual([id]);
  });

  test('lists no failed job that was retried', async () => {
    const { submit, list, fail, retry, ids } = aListing();
    const id = await submit();
    await fail(id);
    expect(await ids({ status: 'failed' })).toEqual([id]);
    list.lags = true;
    await retry(id);
    expect(await ids({ status: 'failed' })).toEqual([]);
    expect(await ids({ status: 'queued' })).toEqual([id]);
  });

  test('lists no erased job', async () => {
    const { submit, list, fail, erase, ids } = aListing();
    const id = await submit();
    await fail(id);
    list.catchUp();
    list.lags = true;
    await erase(id);
    expect(await ids()).toEqual([]);
    expect(await ids({ status: 'failed' })).toEqual([]);
  });

  test('passes over a job that TTL removed', async () => {
    const { submit, list, expire, ids } = aListing();
    const [one, two, three] = [await submit(), await submit(), await submit()];
    list.catchUp();
    list.lags = true;
    expire(two);
    expect(await ids({ limit: 2 })).toEqual([three, one]);
  });

  test('lists a job once that TTL removed and its key created again: at its new place', async () => {
    const { submit, list, expire, ids, pages } = aListing();
    const id = await submit({ after: 1 });
    const other = await submit({ after: 2 });
    list.catchUp();
    list.lags = true;
    expire(id);
    await submit({ id, after: 3 });
    expect(await ids()).toEqual([other]);
    list.catchUp(({ position }) => position.startsWith(`${t0 + 3}`));
    expect(await ids()).toEqual([id, other]);
    expect((await pages({ limit: 1 })).flatMap(({ jobs }) => jobs)).toHaveLength(2);
  });
});

/** A list of jobs, the last of which is the newest. */
async function aListOf(count: number, options: { listShards?: number } = {}) {
  const listing = aListing(options);
  for (let after = 1; after <= count; after += 1) await listing.submit({ after });
  return listing;
}

describe('the pages of listJobs', () => {
  test('have as many jobs as asked for, each begins where the one before ended, and the last has no next', async () => {
    const { pages } = await aListOf(5);
    expect(idsOf(await pages({ limit: 2 }))).toEqual([[anId(5), anId(4)], [anId(3), anId(2)], [anId(1)]]);
  });

  test.each([1, 2, 24, 25, 26, 50, 51, 100])(
    'of %i jobs: there is one, and it has no next',
    async (limit) => {
      const { pages } = await aListOf(limit);
      expect((await pages({ limit })).map(({ jobs }) => jobs.length)).toEqual([limit]);
    },
  );

  test.each([1, 2, 3, 10, 25, 26, 49, 60])('of %i jobs have all jobs together, each once', async (limit) => {
    const { pages } = await aListOf(75, { listShards: 4 });
    const all = idsOf(await pages({ limit }));
    expect(all.flat()).toEqual(Array.from({ length: 75 }, (_, index) => anId(75 - index)));
    expect(all.map((ids) => ids.length)).toEqual([
      ...Array.from({ length: Math.ceil(75 / limit) - 1 }, () => limit),
      75 % limit || limit,
    ]);
  });

  test('are full in spite of a filter, as long as the list has such jobs', async () => {
    const { submit, pages } = await aListOf(60);
    for (let after = -5; after < 0; after += 1) await submit({ after, tags: ['old'] });
    const all = await pages({ limit: 2, tags: ['old'] });
    expect(idsOf(all)).toEqual([[anId(65), anId(64)], [anId(63), anId(62)], [anId(61)]]);
  });

  test('do not move when jobs come to the list, or leave it', async () => {
    const { submit, expire, page } = await aListOf(6);
    const { next } = await page({ limit: 2 });
    await submit({ after: 7 });
    expire(anId(6));
    expire(anId(5));
    expect(idsOf([await page({ limit: 2, below: next })])).toEqual([[anId(4), anId(3)]]);
  });

  test('begin no earlier than at `until`, and end at `since`, wherever the page before ended', async () => {
    const { page } = await aListOf(6);
    const { next } = await page({ limit: 1 });
    expect(idsOf([await page({ below: next, until: t0 + 3 })])).toEqual([[anId(2), anId(1)]]);
    expect(await page({ below: next, since: t0 + 6 })).toEqual({
      jobs: [],
      newer: [],
      units: expect.any(Number),
    });
  });

  test('can be asked for again after the table was unavailable', async () => {
    const { list, page } = await aListOf(3);
    const { next } = await page({ limit: 1 });
    for (const failing of ['find', 'read']) {
      list.before = (call) => {
        if (call === failing) throw new StoreUnavailableError('throttled');
      };
      await expect(page({ limit: 1, below: next })).rejects.toThrow(StoreUnavailableError);
    }
    list.before = () => undefined;
    expect(idsOf([await page({ limit: 1, below: next })])).toEqual([[anId(2)]]);
  });
});

describe('what a page of listJobs reads', () => {
  test.each([1, 10, 25, 100])(
    'without a filter, %i jobs: one find, and the items of the page',
    async (limit) => {
      const { list, page } = await aListOf(150);
      expect((await page({ limit })).jobs).toHaveLength(limit);
      expect(list.calls.filter(({ call }) => call === 'find')).toHaveLength(1);
      const reads = list.calls.filter(({ call }) => call === 'read').map(({ count }) => count);
      expect(reads).toEqual(Array.from({ length: Math.ceil(limit / 25) }, () => Math.min(25, limit)));
    },
  );

  test('with a filter that few jobs pass: 25 items at once, for a small page too', async () => {
    const { list, page, set } = await aListOf(101);
    set(anId(1), { type: 'rare' });
    expect((await page({ limit: 1, type: 'rare' })).jobs).toHaveLength(1);
    expect(list.calls.length).toBeLessThan(12);
  });

  test('with a filter that few jobs pass: a page comes short at its units, with a next one', async () => {
    const { list, page, pages, set } = await aListOf(1_200, { listShards: 8 });
    set(anId(1), { type: 'rare' });
    const { jobs, next } = await page({ limit: 10, type: 'rare' });
    expect(jobs).toEqual([]);
    expect(next).toBeDefined();
    const units = list.calls.reduce((sum, call) => sum + call.units, 0);
    expect(units).toBeGreaterThanOrEqual(maxUnitsAPage);
    expect(units).toBeLessThan(maxUnitsAPage + 25 + 8);
    const all = await pages({ limit: 10, type: 'rare' });
    expect(idsOf(all).flat()).toEqual([anId(1)]);
    expect(all).toHaveLength(3);
  });

  test('of large items: a page comes short after those that it read last', async () => {
    const { fail, pages } = await aListOf(40);
    for (let number = 1; number <= 40; number += 1)
      await fail(anId(number), { name: 'Error', message: 'm'.repeat(100_000) });
    const all = await pages({ limit: 40, status: 'failed' });
    expect(all.map(({ jobs }) => jobs.length)).toEqual([25, 15]);
    expect(idsOf(all).flat()).toEqual(Array.from({ length: 40 }, (_, index) => anId(40 - index)));
  });

  test('of a range that ends before it begins: nothing', async () => {
    const { list, page } = await aListOf(2);
    await page({ since: t0 + 2, until: t0 + 1 });
    expect(list.calls).toEqual([]);
  });
});

describe('the shards of a list', () => {
  test.each([1, 2, 4, 8])('%i of them are one list', async (listShards) => {
    const { submit, list, pages } = aListing({ listShards });
    for (let after = 1; after <= 60; after += 1) await submit({ after });
    expect(new Set(list.entries().map(({ key }) => key))).toEqual(
      new Set(Array.from({ length: listShards }, (_, shard) => listKeyOf('a tenant', shard))),
    );
    const all = await pages({ limit: 7 });
    expect(idsOf(all).flat()).toEqual(Array.from({ length: 60 }, (_, index) => anId(60 - index)));
  });

  test('may grow: what was submitted before is listed among the rest', async () => {
    const { submit, pages } = aListing({ listShards: 4 });
    let after = 0;
    for (const shards of [1, 2, 4, 2, 1, 4])
      for (let count = 0; count < 10; count += 1) await submit({ after: after++, shards });
    const all = idsOf(await pages({ limit: 9 }));
    expect(all.flat()).toEqual(Array.from({ length: 60 }, (_, index) => anId(60 - index)));
  });

  test('are asked for once each, also if the newest jobs are all in one of them', async () => {
    const { submit, list, page } = aListing({ listShards: 4 });
    for (let after = 1; after <= 40; after += 1) await submit({ after, shard: after > 20 ? 3 : 1 });
    const { jobs } = await page({ limit: 20 });
    expect(jobs.map(({ id }) => id)).toEqual(Array.from({ length: 20 }, (_, index) => anId(40 - index)));
    expect(list.calls.filter(({ call }) => call === 'find')).toHaveLength(4);
  });

  test('are read evenly: a shard whose jobs are all old is not read ahead of the others', async () => {
    const { submit, set, pages } = aListing({ listShards: 2 });
    for (let after = 1; after <= 90; after += 1) await submit({ after, shard: after > 30 ? 1 : 0 });
    for (const number of [31, 5]) set(anId(number), { type: 'rare' });
    expect(idsOf(await pages({ limit: 5, type: 'rare' })).flat()).toEqual([31, 5].map(anId));
  });

  test('have lists of failed jobs, too', async () => {
    const { submit, fail, pages } = aListing({ listShards: 4 });
    for (let after = 1; after <= 30; after += 1) await submit({ after, shards: after > 15 ? 4 : 1 });
    const failed = [30, 22, 21, 16, 15, 14, 3, 1].map(anId);
    for (const id of failed) await fail(id);
    expect(idsOf(await pages({ limit: 3, status: 'failed' })).flat()).toEqual(failed);
  });

  test('of one tenant have nothing of another', async () => {
    const { submit, ids } = aListing({ listShards: 4 });
    for (let after = 1; after <= 20; after += 1) await submit({ after, tenant: after % 2 ? 'a' : 'b' });
    expect(await ids({ tenant: 'a' })).toEqual(
      Array.from({ length: 10 }, (_, index) => anId(19 - 2 * index)),
    );
  });
});

describe('list jobs', () => {
  test('pages of a list that changes: newest first, no job twice, none that does not match, and none is missing that was in the list from the first page on', async () => {
    await fc.assert(
      fc.asyncProperty(
        histories,
        filters,
        fc.integer({ min: 1, max: 40 }),
        async (history, filter, limit) => {
          const { pages, expected } = await readWhileItChanges(history, { filter, limit });
          expect(pages.at(-1)?.next).toBeUndefined();
          expect(pages.filter(({ jobs }) => jobs.length > limit)).toEqual([]);
          const listed = pages.flatMap(({ jobs }) => jobs);
          expect(listed.filter((job) => !matches(job, filter))).toEqual([]);
          const places = listed.map(({ createdAt, id }) => `${createdAt} ${id}`);
          expect(places).toEqual([...places].sort().reverse());
          const ids = new Set(listed.map(({ id }) => id));
          expect(ids.size).toBe(listed.length);
          expect(expected.filter((id) => !ids.has(id))).toEqual([]);
        },
      ),
    );
  });
});
