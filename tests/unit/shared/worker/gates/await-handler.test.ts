import { describe, expect, test } from '@jest/globals';
import type { JobItem } from '../../../../../shared/domain/state/job/item.ts';
import { type JobMessage, writeMessage } from '../../../../../shared/domain/state/job/message.ts';
import { t0 } from '../../../../../testkit/fakes/fixed.ts';
import { aDelivery, aMessage, aQueuedItem, dayMs, jobId } from '../../../../set-ups/samples.ts';
import { spiedWorker } from '../../../../set-ups/worker.ts';

describe('a worker without a handler for the type of a job', () => {
  const unknown = aMessage({ type: 'unknown-type' });
  const unknownDelivery = aDelivery({ body: writeMessage(unknown) });
  const sinceMs = (ms: number, over: Partial<JobItem> = {}) =>
    aQueuedItem({
      type: unknown.type,
      status: 'waiting',
      notBefore: t0,
      noHandler: { since: t0 - ms, until: t0 },
      ...over,
    });

  test.each([
    ['that has no item yet', undefined, 5_000],
    ['that begins to wait', aQueuedItem({ type: unknown.type }), 5_000],
    ['that has waited for 40 seconds', sinceMs(40_000), 40_000],
    ['that has waited for two hours', sinceMs(7_200_000), 900_000],
    ['whose wait is almost over', sinceMs(dayMs - 9_000), 9_000],
    ['that waited before it slept', sinceMs(7_200_000, { noHandler: { since: 0, until: 1 } }), 5_000],
    ['that has to start', aQueuedItem({ type: unknown.type }), 2_000, { startBefore: t0 + 2_000 }],
  ])(
    'makes a job wait without an attempt %s, and whose type is unknown',
    async (_what, item, ms, options: Partial<JobMessage['options']> = {}) => {
      const { process, stored, store, calls } = spiedWorker();
      if (item) store.items.set(jobId, item);
      const message = { ...unknown, options: { ...unknown.options, ...options } };
      const until = t0 + ms;
      expect(await process(aDelivery({ body: writeMessage(message) }))).toEqual({
        kind: 'return',
        why: 'no handler for its type',
        visibleAt: until,
        message,
        isWait: true,
      });
      expect(calls).toEqual(['read', 'write awaitHandler']);
      expect(stored()).toMatchObject({
        status: 'waiting',
        attempt: 0,
        notBefore: until,
        noHandler: { until },
      });
    },
  );

  test('fails a job whose type was unknown for a day, and counts no attempt', async () => {
    const { process, stored, store } = spiedWorker();
    store.items.set(jobId, sinceMs(dayMs));
    expect((await process(unknownDelivery)).kind).toBe('delete');
    expect(stored()).toMatchObject({
      status: 'failed',
      attempt: 0,
      error: {
        name: 'UnknownJobTypeError',
        message: 'For 24 hours, no worker had a handler for the job type "unknown-type".',
      },
    });
  });

  test('keeps the message of a group whose first type is unknown in its place, with its handle', async () => {
    const { process, stored } = spiedWorker({ isOrdered: true });
    const message = aMessage({ type: unknown.type, options: { maxAttempts: 3, group: 'g' } });
    const disposition = await process(aDelivery({ body: writeMessage(message) }));
    expect(disposition).toMatchObject({ kind: 'return', visibleAt: t0 + 5_000 });
    expect(disposition).not.toHaveProperty('isWait');
    expect(stored()).toMatchObject({ status: 'waiting', receiptHandle: 'receipt-1' });
  });
});
