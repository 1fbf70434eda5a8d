import { describe, expect, test } from '@jest/globals';
import { ConflictError, QueueUnavailableError } from '../../../../shared/job/errors.ts';
import { canceling } from '../../../set-ups/canceling.ts';
import { dependent, dependents, itsWake } from '../../../set-ups/dependents.ts';
import { aFailedItem, aQueuedItem, aRunningItem } from '../../../set-ups/samples.ts';

describe('cancelJob', () => {
  test.each([
    ['queued', aQueuedItem({ dependents })],
    ['waiting', aQueuedItem({ status: 'waiting', dependents })],
    ['already canceled', aFailedItem({ status: 'canceled', dependents })],
  ])('wakes the dependents of a job that is %s', async (_what, item) => {
    const { cancel, items, waiting } = canceling(item);
    items.set(dependent.id, dependent);
    expect(await cancel()).toMatchObject({ status: 'canceled' });
    expect(waiting.sent).toEqual([itsWake]);
  });

  test('wakes the dependents only after the cancel is stored', async () => {
    const { cancel, items, calls } = canceling(aQueuedItem({ dependents }));
    items.set(dependent.id, dependent);
    await cancel();
    expect(calls).toEqual(['read', 'write cancel', 'read', 'send run 1']);
  });

  test.each([
    ['is running', aRunningItem({ dependents })],
    ['is running and has a cancel requested', aRunningItem({ cancelRequested: true, dependents })],
  ])('does not wake the dependents of a job that %s', async (_what, item) => {
    const { cancel, items, waiting } = canceling(item);
    items.set(dependent.id, dependent);
    await cancel();
    expect(waiting.sent).toEqual([]);
  });

  test('does not wake the dependents of a job that has failed already', async () => {
    const { cancel, items, waiting } = canceling(aFailedItem({ dependents }));
    items.set(dependent.id, dependent);
    await expect(cancel()).rejects.toThrow(ConflictError);
    expect(waiting.sent).toEqual([]);
  });

  test('throws if the dependents cannot be woken, and wakes them in the next call', async () => {
    const { cancel, items, waiting, stored } = canceling(aQueuedItem({ dependents }));
    items.set(dependent.id, dependent);
    waiting.failing.add('send');
    await expect(cancel()).rejects.toThrow(QueueUnavailableError);
    expect(stored()?.status).toBe('canceled');
    waiting.failing.clear();
    await cancel();
    expect(waiting.sent).toEqual([itsWake]);
  });
});
