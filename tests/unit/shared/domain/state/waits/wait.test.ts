import { describe, expect, test } from '@jest/globals';
import type { JobItem } from '../../../../../../shared/domain/state/job/item.ts';
import { jobStatuses } from '../../../../../../shared/domain/state/job/transitions.ts';
import { goesOnAt, waitOf } from '../../../../../../shared/domain/state/waits/wait.ts';
import { t0 } from '../../../../../../testkit/fakes/fixed.ts';
import { anId, aQueuedItem } from '../../../../../set-ups/samples.ts';
import { waitingJobs } from '../../../../../set-ups/waiting-jobs.ts';

const { children, place, signal, submissions, turn, jobs } = waitingJobs;
const all = Object.entries(waitingJobs);

describe('what a job waits for', () => {
  test.each(all)('is of the kind %s', (_kind, { item, wait }) => {
    expect(waitOf(item)).toEqual(wait);
  });

  test.each(all)('is nothing once it is held no more: %s', (_kind, { item }) => {
    for (const status of jobStatuses)
      if (status !== 'waiting' && status !== 'queued')
        expect([status, waitOf({ ...item, status })]).toEqual([status, undefined]);
  });

  test.each(['children', 'signal', 'turn', 'handler'] as const)(
    'is no more of the kind %s when its time is another one',
    (kind) => {
      const other = { ...waitingJobs[kind].item, notBefore: t0 + 1 };
      expect(waitOf(other)).toEqual({ kind: 'time', since: t0, until: t0 + 1 });
    },
  );

  test.each(['place', 'pause'] as const)(
    'is no more of the kind %s when the job was written since',
    (kind) => {
      const { item } = waitingJobs[kind];
      expect(waitOf({ ...item, updatedAt: item.notBefore ?? 0 })).toBeUndefined();
    },
  );

  test.each<[string, JobItem, object | undefined]>([
    [
      'children, or an answer',
      { ...children.item, signals: signal.item.signals },
      { kind: 'children', answers: [{ name: 'approve' }] },
    ],
    [
      'children, or a time',
      { ...children.item, awaits: { until: t0 + 60_000, batches: [anId(3)], isTimed: true } },
      { kind: 'children', until: t0 + 60_000 },
    ],
    ['other jobs that have succeeded', { ...jobs.item, admittedBy: 'a message' }, undefined],
    [
      'more submissions until admission let it run',
      { ...submissions.item, admittedBy: 'a' },
      { kind: 'time' },
    ],
    ['a turn that has come', { ...turn.item, status: 'queued' }, { kind: 'time' }],
    [
      'the turn of a part',
      { ...turn.item, status: 'queued', error: { name: 'LimitWaitError', message: '' } },
      { kind: 'turn' },
    ],
    ['a place that it is on its way to', { ...place.item, status: 'queued' }, { kind: 'time' }],
    ['an attempt', aQueuedItem({ notBefore: t0 + 1, updatedAt: t0 }), { kind: 'time', until: t0 + 1 }],
    ['a slice that may begin', aQueuedItem({ notBefore: t0 - 1, updatedAt: t0 }), undefined],
    ['a worker', aQueuedItem({ runAt: t0 - 1, updatedAt: t0 }), undefined],
  ])('of one that waits for %s', (_what, item, wait) => {
    if (wait === undefined) expect(waitOf(item)).toBeUndefined();
    else expect(waitOf(item)).toMatchObject(wait);
  });

  test('has a time if the job goes on, or is looked at, by itself', () => {
    const timed = all.filter(([, { wait }]) => goesOnAt(wait) !== undefined).map(([kind]) => kind);
    expect(timed).toEqual(['time', 'signal', 'turn', 'handler', 'submissions']);
  });
});
