import { describe, expect, test } from '@jest/globals';
import { ConflictError, QueueUnavailableError } from '../../../../shared/job/errors.ts';
import { canceling } from '../../../fakes/canceling.ts';
import { dependent, dependents, itsWake } from '../../../fakes/dependents.ts';
import { aFailedItem, aQueuedItem, aRunningItem } from '../../../fakes/samples.ts';

describe('the jobs that wait for one that is canceled', () => {
  test.each([
    ['it is canceled', aQueuedItem({ dependents })],
    ['it is canceled while it waits itself', aQueuedItem({ status: 'waiting', dependents })],
    ['it is canceled already: who did it may have died', aFailedItem({ status: 'canceled', dependents })],
  ])('are woken when %s', async (_what, item) => {
    const { cancel, items, waiting } = canceling(item);
    items.set(dependent.id, dependent);
    expect(await cancel()).toMatchObject({ status: 'canceled' });
    expect(waiting.sent).toEqual([itsWake]);
  });

  test('are woken only once that is stored', async () => {
    const { cancel, items, calls } = canceling(aQueuedItem({ dependents }));
    items.set(dependent.id, dependent);
    await cancel();
    expect(calls).toEqual(['read', 'write cancel', 'read', 'send run 1']);
  });

  test.each([
    ['runs on until its worker heeds it', aRunningItem({ dependents })],
    ['was asked to stop before', aRunningItem({ cancelRequested: true, dependents })],
  ])('are not woken while it %s', async (_what, item) => {
    const { cancel, items, waiting } = canceling(item);
    items.set(dependent.id, dependent);
    await cancel();
    expect(waiting.sent).toEqual([]);
  });

  test('are not woken by a cancel that comes too late', async () => {
    const { cancel, items, waiting } = canceling(aFailedItem({ dependents }));
    items.set(dependent.id, dependent);
    await expect(cancel()).rejects.toThrow(ConflictError);
    expect(waiting.sent).toEqual([]);
  });

  test('that cannot be woken are by the next cancel: the first one says that it did not work', async () => {
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
