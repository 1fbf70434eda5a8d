import { describe, expect, test } from '@jest/globals';
import { jobStatuses } from '../../../../shared/job/transitions.ts';
import type { JobFilter } from '../../../../shared/operations/list-jobs.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { aListing } from '../../../set-ups/listing.ts';
import { anId } from '../../../set-ups/samples.ts';

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
    expect(await page()).toEqual({ jobs: [store.items.get(id)] });
  });

  test('lists nothing for a tenant without jobs, and never the jobs of another one', async () => {
    const { submit, page } = aListing();
    await submit({ tenant: 'a' });
    expect(await page({ tenant: 'b' })).toEqual({ jobs: [] });
    expect(await page({ tenant: '' })).toEqual({ jobs: [] });
  });

  test('lists no job whose item is of another tenant, whatever the index says', async () => {
    const { submit, set, ids } = aListing();
    set(await submit(), { tenant: 'b' });
    expect(await ids()).toEqual([]);
  });

  const filters: readonly [string, JobFilter, readonly number[]][] = [
    ['a type', { type: 'csv-aggregate' }, [3]],
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
    await submit({ after: 3, type: 'csv-aggregate', tags: ['blue'] });
    await submit({ after: 4, group: 'another', tags: ['red'] });
    expect(await ids(filter)).toEqual(expected.map(anId));
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
