import { describe, expect, test } from '@jest/globals';
import { ConflictError, JobNotFoundError, StoreUnavailableError } from '../../../../shared/job/errors.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { canceling } from '../../../set-ups/canceling.ts';
import { aFailedItem, aQueuedItem, aRunningItem, jobId } from '../../../set-ups/samples.ts';

describe('cancelJob', () => {
  test.each(['queued', 'waiting'] as const)('ends a job that is %s', async (status) => {
    const { cancel, stored } = canceling(aQueuedItem({ status }));
    expect(await cancel()).toMatchObject({ status: 'canceled', finishedAt: t0 });
    expect(stored()?.status).toBe('canceled');
  });

  test('requests a cancel of a running job', async () => {
    const { cancel, stored } = canceling(aRunningItem());
    expect(await cancel()).toMatchObject({ status: 'running', cancelRequested: true });
    expect(stored()).toMatchObject({ status: 'running', leaseUntil: aRunningItem().leaseUntil });
  });

  test.each([
    ['has a cancel requested already', aRunningItem({ cancelRequested: true })],
    ['is canceled already', aFailedItem({ status: 'canceled' })],
  ])('returns a job that %s without a write', async (_what, item) => {
    const { cancel, calls } = canceling(item);
    expect(await cancel()).toEqual(item);
    expect(calls).toEqual(['read']);
  });

  test.each(['succeeded', 'failed'] as const)(
    'throws a ConflictError for a job that has %s',
    async (status) => {
      const { cancel, calls } = canceling(aFailedItem({ status }));
      await expect(cancel()).rejects.toThrow(new ConflictError(`The job is ${status} already.`));
      expect(calls).toEqual(['read']);
    },
  );

  test('throws a JobNotFoundError for a job that does not exist or is of another tenant', async () => {
    await expect(canceling(undefined).cancel()).rejects.toThrow(JobNotFoundError);
    const { cancel, stored } = canceling(aQueuedItem());
    await expect(cancel('another')).rejects.toThrow(JobNotFoundError);
    expect(stored()).toEqual(aQueuedItem());
  });
});

describe('cancelJob, if the job changes after it was read,', () => {
  test.each([
    [
      'requests a cancel of a job that has started',
      aQueuedItem(),
      'write cancel',
      aRunningItem(),
      { status: 'running', cancelRequested: true },
    ],
    [
      'ends a job that was queued again',
      aRunningItem(),
      'write requestCancel',
      aQueuedItem(),
      { status: 'canceled' },
    ],
  ])('%s', async (_what, item, changedAt, next, expected) => {
    let changed = false;
    const { cancel } = canceling(item, (call, items) => {
      if (call === changedAt && !changed) items.set(jobId, next);
      if (call === changedAt) changed = true;
    });
    expect(await cancel()).toMatchObject(expected);
  });

  test('throws a ConflictError for a job that has ended', async () => {
    const { cancel, stored } = canceling(aRunningItem(), (call, items) => {
      if (call.startsWith('write')) items.set(jobId, aFailedItem());
    });
    await expect(cancel()).rejects.toThrow(ConflictError);
    expect(stored()).toEqual(aFailedItem());
  });

  test('throws a StoreUnavailableError after 5 tries if it changes each time', async () => {
    const { cancel, calls } = canceling(aQueuedItem(), (call, items) => {
      if (call === 'write cancel') items.set(jobId, aRunningItem());
      if (call === 'write requestCancel') items.set(jobId, aQueuedItem());
    });
    await expect(cancel()).rejects.toThrow(StoreUnavailableError);
    expect(calls).toHaveLength(10);
  });
});

describe('cancelJob, for a job of a group,', () => {
  const asleep = aQueuedItem({
    status: 'waiting',
    group: 'g',
    notBefore: t0 + 9_000,
    receiptHandle: 'its receipt handle',
  });

  test('makes the message of a sleeping job visible, so that the next job of the group can run', async () => {
    const { cancel, ordered, stored } = canceling(asleep);
    await cancel();
    expect(stored()?.status).toBe('canceled');
    expect(ordered.visibilityChanges).toEqual([{ receiptHandle: 'its receipt handle', seconds: 0 }]);
  });

  test('makes the message visible in every call, because the call before may have crashed', async () => {
    const { cancel, ordered } = canceling(asleep);
    await cancel();
    await cancel();
    expect(ordered.visibilityChanges).toHaveLength(2);
  });

  test('cancels the job even if its message cannot be made visible', async () => {
    const { cancel, ordered, log } = canceling(asleep);
    ordered.failing.add('changeVisibility');
    expect((await cancel()).status).toBe('canceled');
    expect(log.lines.map(({ message }) => message)).toEqual(['visibility not changed']);
  });

  test('does not change the visibility of the message while a worker holds the job', async () => {
    const { cancel, ordered } = canceling(aRunningItem({ group: 'g' }));
    await cancel();
    expect(ordered.visibilityChanges).toEqual([]);
  });
});
