import { describe, expect, test } from '@jest/globals';
import { StoreUnavailableError } from '../../../../shared/job/errors.ts';
import { maxUnitsAPage } from '../../../../shared/operations/list-jobs.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { aListing, idsOf } from '../../../set-ups/listing.ts';
import { anId } from '../../../set-ups/samples.ts';

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
    expect(await page({ below: next, since: t0 + 6 })).toEqual({ jobs: [] });
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
