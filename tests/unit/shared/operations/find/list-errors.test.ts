import { describe, expect, test } from '@jest/globals';
import { failureOf, groupKeyOf } from '../../../../../shared/domain/state/failures/failure.ts';
import type { JobItem } from '../../../../../shared/domain/state/job/item.ts';
import { type ErrorsRequest, listErrors } from '../../../../../shared/operations/find/list-errors.ts';
import { t0 } from '../../../../../testkit/fakes/fixed.ts';
import { InMemoryErrorGroups } from '../../../../../testkit/fakes/in-memory-error-groups.ts';
import { InMemoryJobList } from '../../../../../testkit/fakes/in-memory-job-list.ts';
import { aFailedItem, anId, newerVersion } from '../../../../set-ups/samples.ts';

/** A table of failed jobs and their groups. */
function failures() {
  const errorGroups = new InMemoryErrorGroups();
  const items = new Map<string, JobItem>();
  const list = new InMemoryJobList(items);
  let count = 0;
  /** A job has failed. @returns its id */
  async function fail(message: string, over: Partial<JobItem> = {}): Promise<string> {
    count += 1;
    const id = anId(count);
    const error = { name: 'Error', message };
    const item = aFailedItem({ id, error, finishedAt: t0 + count, ...over });
    items.set(id, item);
    const failure = failureOf(item);
    if (failure) await errorGroups.add(failure);
    return id;
  }
  const page = (asked: Partial<ErrorsRequest> = {}) =>
    listErrors({ tenant: 'a tenant', limit: 100, ...asked }, { errorGroups, list });
  const pages = async (asked: Partial<ErrorsRequest>) => {
    const all = [await page(asked)];
    for (let next = all[0]?.next; next !== undefined; next = all.at(-1)?.next)
      all.push(await page({ ...asked, below: next }));
    return all.map(({ groups }) => groups.map(({ example }) => example?.error?.message));
  };
  return { fail, page, pages, items, list, errorGroups };
}

describe('listErrors', () => {
  test('lists the groups of a tenant, newest first, each with the message of one of its jobs', async () => {
    const { fail, page } = failures();
    await fail('row 1 is bad');
    await fail('no such city');
    await fail('row 2 is bad');
    await fail('of another', { tenant: 'another tenant' });
    const { groups, next } = await page();
    expect(next).toBeUndefined();
    expect(groups.map(({ group }) => group.jobs.size)).toEqual([1, 2]);
    expect(groups.map(({ example }) => example?.error?.message)).toEqual(['no such city', 'row 1 is bad']);
  });

  test('takes another example if a job was erased, retried, or failed otherwise since', async () => {
    const { fail, page, items } = failures();
    const ids = [await fail('row 1'), await fail('row 2'), await fail('row 3')];
    const exampleAfter = async (id: string | undefined, over: Partial<JobItem>) => {
      items.set(String(id), aFailedItem({ ...items.get(String(id)), ...over }));
      return (await page()).groups[0]?.example?.error?.message;
    };
    expect(await exampleAfter(ids[0], { erased: true, error: undefined })).toBe('row 2');
    expect(await exampleAfter(ids[1], { status: 'queued', finishedAt: undefined })).toBe('row 3');
    expect(await exampleAfter(ids[2], { error: { name: 'Error', message: 'another' } })).toBeUndefined();
  });

  test('has pages as long as asked for, and the last has no next', async () => {
    const { fail, pages } = failures();
    for (const message of ['a', 'b', 'c', 'd']) await fail(message);
    expect(await pages({ limit: 2 })).toEqual([
      ['d', 'c'],
      ['b', 'a'],
    ]);
    expect(await pages({ limit: 3 })).toEqual([['d', 'c', 'b'], ['a']]);
    expect(await pages({ limit: 4 })).toEqual([['d', 'c', 'b', 'a']]);
    expect(await pages({ tenant: 'nobody' })).toEqual([[]]);
  });

  test('lists the groups of a type alone', async () => {
    const { fail, pages } = failures();
    for (const [index, message] of ['a', 'b', 'c', 'd'].entries())
      await fail(message, { type: index % 2 === 0 ? 'even' : 'odd' });
    expect(await pages({ type: 'even', limit: 1 })).toEqual([['c'], ['a']]);
    expect(await pages({ type: 'odd' })).toEqual([['d', 'b']]);
    expect(await pages({ type: 'none' })).toEqual([[]]);
  });

  test('names a group that only newer code can read in its place, whatever type is asked for', async () => {
    const { fail, page, errorGroups } = failures();
    for (const message of ['a', 'b', 'c']) await fail(message);
    const [, newer] = (await page()).groups.map(({ group }) => group);
    const id = groupKeyOf(newer?.id ?? '');
    errorGroups.items.set(id, { ...errorGroups.items.get(id), version: newerVersion });
    const rows = async (asked: Partial<ErrorsRequest>) => {
      const found = await page(asked);
      const groups = found.groups.map(({ example }) => example?.error?.message);
      return { groups, newer: found.newer.map(({ id, version }) => [id, version]), next: found.next };
    };
    const itself = [newer?.id, newerVersion];
    expect(await rows({})).toEqual({ groups: ['c', 'a'], newer: [itself] });
    expect(await rows({ type: 'another' })).toEqual({ groups: [], newer: [itself] });
    const first = await rows({ limit: 2 });
    expect(first).toEqual({ groups: ['c'], newer: [itself], next: newer?.listPosition });
    expect(await rows({ limit: 2, below: first.next })).toEqual({ groups: ['a'], newer: [] });
  });

  test('comes short where few groups are of a type, with a next page', async () => {
    const { fail, pages } = failures();
    await fail('rare', { type: 'rare' });
    const letters = (count: number) =>
      [...String(count)].map((digit) => 'abcdefghij'[Number(digit)]).join('');
    for (let count = 0; count < 600; count += 1) await fail(letters(count));
    expect(await pages({ type: 'rare' })).toEqual([[], ['rare']]);
  });

  test('reads one job for each group, 25 at once', async () => {
    const { fail, page, list } = failures();
    const letters = (count: number) => 'x'.repeat(count + 1);
    for (let count = 0; count < 60; count += 1) await fail(letters(count));
    await page();
    expect(list.calls.map(({ count }) => count)).toEqual([25, 25, 10]);
  });
});
