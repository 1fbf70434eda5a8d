import { describe, expect, test } from '@jest/globals';
import { ConflictError, JobNotFoundError, StoreUnavailableError } from '../../../../shared/job/errors.ts';
import { canceling } from '../../../fakes/canceling.ts';
import { aFailedItem, aQueuedItem, aRunningItem, jobId, t0 } from '../../../fakes/samples.ts';

describe('a cancel', () => {
  test.each(['queued', 'waiting'] as const)('ends a job that is %s', async (status) => {
    const { cancel, stored } = canceling(aQueuedItem({ status }));
    expect(await cancel()).toMatchObject({ status: 'canceled', finishedAt: t0 });
    expect(stored()?.status).toBe('canceled');
  });

  test('asks the worker of a running job to stop', async () => {
    const { cancel, stored } = canceling(aRunningItem());
    expect(await cancel()).toMatchObject({ status: 'running', cancelRequested: true });
    expect(stored()).toMatchObject({ status: 'running', leaseUntil: aRunningItem().leaseUntil });
  });

  test.each([
    ['was asked for before', aRunningItem({ cancelRequested: true })],
    ['is done', aFailedItem({ status: 'canceled' })],
  ])('that %s is answered as before, without a write', async (_what, item) => {
    const { cancel, calls } = canceling(item);
    expect(await cancel()).toEqual(item);
    expect(calls).toEqual(['read']);
  });

  test.each(['succeeded', 'failed'] as const)('of a job that is %s is a conflict', async (status) => {
    const { cancel, calls } = canceling(aFailedItem({ status }));
    await expect(cancel()).rejects.toThrow(new ConflictError(`The job is ${status} already.`));
    expect(calls).toEqual(['read']);
  });

  test('of a job that is not there, or not theirs, finds none', async () => {
    await expect(canceling(undefined).cancel()).rejects.toThrow(JobNotFoundError);
    const { cancel, stored } = canceling(aQueuedItem());
    await expect(cancel('another')).rejects.toThrow(JobNotFoundError);
    expect(stored()).toEqual(aQueuedItem());
  });
});

describe('a job that moves on while it is canceled', () => {
  test.each([
    ['starts', aQueuedItem(), 'write cancel', aRunningItem(), { status: 'running', cancelRequested: true }],
    ['is given back', aRunningItem(), 'write requestCancel', aQueuedItem(), { status: 'canceled' }],
  ])('and %s is canceled as what it is then', async (_what, item, at, next, expected) => {
    let moved = false;
    const { cancel } = canceling(item, (call, items) => {
      if (call === at && !moved) items.set(jobId, next);
      if (call === at) moved = true;
    });
    expect(await cancel()).toMatchObject(expected);
  });

  test('and ends is a conflict', async () => {
    const { cancel, stored } = canceling(aRunningItem(), (call, items) => {
      if (call.startsWith('write')) items.set(jobId, aFailedItem());
    });
    await expect(cancel()).rejects.toThrow(ConflictError);
    expect(stored()).toEqual(aFailedItem());
  });

  test('over and over is given up for now', async () => {
    const { cancel, calls } = canceling(aQueuedItem(), (call, items) => {
      if (call === 'write cancel') items.set(jobId, aRunningItem());
      if (call === 'write requestCancel') items.set(jobId, aQueuedItem());
    });
    await expect(cancel()).rejects.toThrow(StoreUnavailableError);
    expect(calls).toHaveLength(10);
  });
});

describe('a job of a group whose message is hidden', () => {
  const hidden = aQueuedItem({
    status: 'waiting',
    group: 'g',
    notBefore: t0 + 9_000,
    receiptHandle: 'its receipt',
  });

  test('holds up its group no longer when it is canceled: the message is shown', async () => {
    const { cancel, ordered, stored } = canceling(hidden);
    await cancel();
    expect(stored()?.status).toBe('canceled');
    expect(ordered.visibilityChanges).toEqual([{ receiptHandle: 'its receipt', seconds: 0 }]);
  });

  test('is shown anew by every cancel: the one before may have died of it', async () => {
    const { cancel, ordered } = canceling(hidden);
    await cancel();
    await cancel();
    expect(ordered.visibilityChanges).toHaveLength(2);
  });

  test('is canceled all the same if the message cannot be shown: it comes back by itself', async () => {
    const { cancel, ordered, log } = canceling(hidden);
    ordered.failing.add('changeVisibility');
    expect((await cancel()).status).toBe('canceled');
    expect(log.lines.map(({ message }) => message)).toEqual(['visibility not changed']);
  });

  test('is not touched as long as its worker has it', async () => {
    const { cancel, ordered } = canceling(aRunningItem({ group: 'g' }));
    await cancel();
    expect(ordered.visibilityChanges).toEqual([]);
  });
});
