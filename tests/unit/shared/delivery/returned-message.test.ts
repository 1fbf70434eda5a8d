import { describe, expect, test } from '@jest/globals';
import { deleted, returned } from '../../../../shared/delivery/disposition.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { batch, record } from '../../../set-ups/batch.ts';
import { aMessage, dayMs } from '../../../set-ups/samples.ts';

/** The mark tells the receiver that an earlier delivery may have been processed in part. */
const requeued = aMessage({ requeued: true });

describe('processBatch', () => {
  test.each([
    ['makes it visible at the given time', t0 + 4_321, [{ receiptHandle: 'receipt-1', seconds: 4.321 }]],
    ['makes it visible at once if that time is now', t0, [{ receiptHandle: 'receipt-1', seconds: 0 }]],
    [
      'makes it visible at once if that time is past',
      t0 - 5_000,
      [{ receiptHandle: 'receipt-1', seconds: 0 }],
    ],
    ['does not change its visibility if no time is given', undefined, []],
  ])('reports a returned message and %s', async (_what, visibleAt, changes) => {
    const { process, queue } = batch([record(1)], async () => returned('not done', visibleAt, aMessage()));
    expect(await process()).toEqual(['message-1']);
    expect(queue.visibilityChanges).toEqual(changes);
    expect(queue.sent).toEqual([]);
  });

  test('reports a returned message even if its visibility cannot be changed', async () => {
    const { process, queue, log } = batch([record(1)], async () => returned('not done', t0 + 5));
    queue.failing.add('changeVisibility');
    expect(await process()).toEqual(['message-1']);
    expect(log.lines.map(({ message }) => message)).toContain('visibility not changed');
  });

  test.each([
    ['does not requeue', 'received 899 times', { receiveCount: 899 }, false],
    ['requeues', 'received 900 times', { receiveCount: 900 }, true],
    ['does not requeue', 'sent almost 12 days ago', { ageMs: 12 * dayMs - 1 }, false],
    ['requeues', 'sent 12 days ago', { ageMs: 12 * dayMs }, true],
  ])('%s a returned message that was %s', async (_what, _when, received, nearLimits) => {
    const { process, queue } = batch([record(1, received)], async () =>
      returned('not done', t0 + 90_500, aMessage()),
    );
    expect(await process()).toEqual(nearLimits ? [] : ['message-1']);
    expect(queue.sent).toEqual(nearLimits ? [{ message: requeued, delaySeconds: 90.5 }] : []);
    expect(queue.visibilityChanges).toHaveLength(nearLimits ? 0 : 1);
  });

  test('requeues a message near the queue limits without a delay if it would be visible at once', async () => {
    for (const visibleAt of [undefined, t0 - 1]) {
      const { process, queue } = batch([record(1, { receiveCount: 900 })], async () =>
        returned('', visibleAt, aMessage()),
      );
      await process();
      expect(queue.sent).toEqual([{ message: requeued, delaySeconds: 0 }]);
    }
  });

  test('returns a message near the queue limits if it cannot be requeued', async () => {
    const { process, queue } = batch([record(1, { receiveCount: 900 })], async () =>
      returned('', t0 + 1_000, aMessage()),
    );
    queue.failing.add('send');
    expect(await process()).toEqual(['message-1']);
    expect(queue.visibilityChanges).toEqual([{ receiptHandle: 'receipt-1', seconds: 1 }]);
  });

  test('returns a message near the limits of an ordered queue, where a requeued message would lose its place', async () => {
    const { process, queue } = batch(
      [record(1, { receiveCount: 950, ageMs: 13 * dayMs })],
      async () => returned('', t0 + 1_000, aMessage()),
      { isOrdered: true },
    );
    expect(await process()).toEqual(['message-1']);
    expect(queue.sent).toEqual([]);
    expect(queue.visibilityChanges).toEqual([{ receiptHandle: 'receipt-1', seconds: 1 }]);
  });

  test('returns a message near the queue limits if the message is unreadable', async () => {
    const { process, queue } = batch([record(1, { receiveCount: 950 })], async () =>
      returned('not readable'),
    );
    expect(await process()).toEqual(['message-1']);
    expect(queue.sent).toEqual([]);
  });
});

test('processBatch does not requeue a message that is deleted, however old it is', async () => {
  const { process, queue } = batch([record(1, { receiveCount: 999, ageMs: 13 * dayMs })], async () =>
    deleted('done'),
  );
  expect(await process()).toEqual([]);
  expect(queue.sent).toEqual([]);
});
