import { describe, expect, test } from '@jest/globals';
import { StoreUnavailableError } from '../../../../../shared/domain/base/errors.ts';
import {
  failureOf,
  groupExpiresAt,
  maxGroupJobs,
} from '../../../../../shared/domain/state/failures/failure.ts';
import type { JobItem } from '../../../../../shared/domain/state/job/item.ts';
import { t0 } from '../../../../../testkit/fakes/fixed.ts';
import { aGrouping } from '../../../../set-ups/grouping.ts';
import { aFailedItem, anId, ids, jobId } from '../../../../set-ups/samples.ts';

const dayMs = 24 * 3600 * 1000;
const failed = (over: Partial<JobItem> = {}) =>
  aFailedItem({ error: { name: 'Error', message: 'row 1 is bad' }, finishedAt: t0, ...over });

describe('failureOf', () => {
  const group = (over: Partial<JobItem> = {}) => failureOf(failed(over))?.groupId;

  test('says who failed, with what and when', () => {
    const { tenant, type } = failed();
    expect(failureOf(failed())).toEqual({
      groupId: expect.stringMatching(/^[0-9a-f]{32}$/),
      ...{ jobId, tenant, type, name: 'Error', at: t0 },
    });
  });

  test.each<[string, Partial<JobItem>]>([
    ['another job', { id: anId(7) }],
    ['another row', { error: { name: 'Error', message: 'row 2 is bad' } }],
    ['another time of the day', { finishedAt: t0 + 3600_000 }],
    ['another run', { run: 2 }],
  ])('has the same group for %s', (_what, over) => {
    expect(group(over)).toBe(group());
  });

  test.each<[string, Partial<JobItem>]>([
    ['tenant', { tenant: 'another' }],
    ['type', { type: 'another' }],
    ['day', { finishedAt: t0 + dayMs }],
    ['message', { error: { name: 'Error', message: 'row 1 is good' } }],
    ['name', { error: { name: 'TypeError', message: 'row 1 is bad' } }],
  ])('has another group for another %s', (_what, over) => {
    expect(group(over)).toMatch(/^[0-9a-f]{32}$/);
    expect(group(over)).not.toBe(group());
  });

  test.each<[string, Partial<JobItem>]>([
    ['succeeded', { status: 'succeeded' }],
    ['was canceled after an attempt had failed', { status: 'canceled' }],
    ['is to be tried again', { status: 'queued' }],
    ['was erased', { erased: true, error: undefined }],
  ])('is none of a job that %s', (_what, over) => {
    expect(failureOf(failed(over))).toBeUndefined();
  });

  test('cuts a long name', () => {
    expect(failureOf(failed({ error: { name: 'x'.repeat(1_000), message: '' } }))?.name).toHaveLength(100);
  });

  test('a group expires when the last of its jobs may have expired', () => {
    const endOfDay = Date.UTC(2026, 0, 3);
    expect(groupExpiresAt(t0, 15 * dayMs)).toBe((endOfDay + 15 * dayMs) / 1000);
    expect(groupExpiresAt(endOfDay - 1, 0)).toBe(endOfDay / 1000);
    expect(groupExpiresAt(endOfDay, 0)).toBe((endOfDay + dayMs) / 1000);
  });
});

const [add, addToFull] = ['group a failure', 'note a failure of a full group'];

describe('error grouping', () => {
  /** With the calls that it makes. */
  function grouped() {
    const calls: string[] = [];
    const all = aGrouping();
    all.groups.before = (call) => void calls.push(call);
    const only = () => [...all.groups.groups.values()];
    return { ...all, calls, only };
  }
  const addAll = async (grouping: ReturnType<typeof aGrouping>['grouping'], count: number) => {
    for (const id of ids(count)) await grouping.add(failed({ id }));
  };

  test('costs a failure one write, and a success none', async () => {
    const { grouping, calls, only } = grouped();
    await grouping.add(aFailedItem({ status: 'succeeded' }));
    expect(calls).toEqual([]);
    await grouping.add(failed());
    expect(calls).toEqual([add]);
    expect(only()).toMatchObject([{ jobs: new Set([jobId]), firstSeenAt: t0, lastSeenAt: t0 }]);
  });

  test('counts a failure once that comes twice, whenever it comes', async () => {
    const { grouping, clock, only } = grouped();
    await grouping.add(failed());
    const [first] = only();
    await clock.advance(2 * dayMs);
    await grouping.add(failed());
    expect(only()).toEqual([first]);
  });

  test('names a hundred jobs, and says of the next ones that there are more', async () => {
    const { grouping, only } = grouped();
    await addAll(grouping, maxGroupJobs);
    expect(only()).toMatchObject([{ jobs: ids(maxGroupJobs) }]);
    expect(only()[0]?.more).toBeUndefined();
    await grouping.add(failed({ finishedAt: t0 + 5 }));
    expect(only()).toMatchObject([{ jobs: ids(maxGroupJobs), more: true, lastSeenAt: t0 + 5 }]);
  });

  test('does not count more if one that it names comes again', async () => {
    const { grouping, only } = grouped();
    await addAll(grouping, maxGroupJobs);
    await addAll(grouping, 1);
    expect(only()[0]?.more).toBeUndefined();
  });

  test('writes to a full group once a minute', async () => {
    const { grouping, calls, clock, only } = grouped();
    await addAll(grouping, maxGroupJobs);
    calls.length = 0;
    const next = (at: number) => grouping.add(failed({ finishedAt: at }));
    for (let count = 1; count <= 50; count += 1) await next(t0 + count);
    expect(calls).toEqual([add, addToFull]);
    await clock.advance(60_000);
    await Promise.all([next(t0 + 60_000), next(t0 + 60_001)]);
    expect(calls).toEqual([add, addToFull, addToFull]);
    expect(only()[0]?.lastSeenAt).toBe(t0 + 60_000);
  });

  test('knows a thousand full groups', async () => {
    const { grouping, groups, calls } = grouped();
    const full = (type: string) => failed({ type });
    groups.add = async () => {
      calls.push('add');
      return false;
    };
    groups.addToFull = async () => true;
    for (let count = 0; count <= 1_000; count += 1) await grouping.add(full(`type ${count}`));
    calls.length = 0;
    await grouping.add(full('type 1'));
    expect(calls).toEqual([]);
    await grouping.add(full('type 0'));
    expect(calls).toEqual(['add']);
  });

  test('says in a line that the table was out of reach, and does not throw', async () => {
    const { grouping, groups, log } = aGrouping();
    groups.before = () => Promise.reject(new StoreUnavailableError('no'));
    await grouping.add(failed());
    expect(log.lines).toEqual([
      {
        level: 'warn',
        message: 'failure not grouped',
        fields: { jobId, error: expect.any(StoreUnavailableError) },
      },
    ]);
  });

  test('waits no longer than a second', async () => {
    const { grouping, groups, log, clock } = aGrouping();
    groups.before = () => new Promise(() => {});
    let isDone = false;
    const adding = grouping.add(failed()).then(() => {
      isDone = true;
    });
    await clock.advance(999);
    expect(isDone).toBe(false);
    await clock.advance(1);
    await adding;
    expect(log.lines).toMatchObject([{ level: 'warn', message: 'failure not grouped', fields: { jobId } }]);
  });

  test('makes no second call when the first has taken longer: its process may have exited', async () => {
    const { grouping, groups, clock } = aGrouping();
    const calls: string[] = [];
    const answer = Promise.withResolvers<boolean>();
    groups.add = (_failure) => {
      calls.push('add');
      return answer.promise;
    };
    groups.addToFull = async () => calls.push('addToFull') > 0;
    const adding = grouping.add(failed());
    await clock.advance(1_000);
    await adding;
    answer.resolve(false);
    await clock.advance(1);
    expect(calls).toEqual(['add']);
  });
});
