import { describe, expect, test } from '@jest/globals';
import { deleted, returned } from '../../../../shared/delivery/disposition.ts';
import { batch, record } from '../../../fakes/batch.ts';
import { aMessage, dayMs, t0 } from '../../../fakes/samples.ts';

/** It says so: what an earlier delivery began may be half done. */
const requeued = aMessage({ requeued: true });

describe('a message that is kept', () => {
  test.each([
    ['at its time', t0 + 4_321, [{ receiptHandle: 'receipt-1', seconds: 4.321 }]],
    ['at once', t0, [{ receiptHandle: 'receipt-1', seconds: 0 }]],
    ['at once, if its time is past', t0 - 5_000, [{ receiptHandle: 'receipt-1', seconds: 0 }]],
    ['when its visibility ends', undefined, []],
  ])('is reported, and visible again %s', async (_what, visibleAt, hidden) => {
    const { process, queue } = batch([record(1)], async () => returned('not done', visibleAt, aMessage()));
    expect(await process()).toEqual(['message-1']);
    expect(queue.visibilityChanges).toEqual(hidden);
    expect(queue.sent).toEqual([]);
  });

  test('is reported even if its visibility cannot be set', async () => {
    const { process, queue, log } = batch([record(1)], async () => returned('not done', t0 + 5));
    queue.failing.add('changeVisibility');
    expect(await process()).toEqual(['message-1']);
    expect(log.lines.map(({ message }) => message)).toContain('visibility not changed');
  });

  test.each([
    ['received 899 times', { receiveCount: 899 }, false],
    ['received 900 times', { receiveCount: 900 }, true],
    ['almost 12 days old', { ageMs: 12 * dayMs - 1 }, false],
    ['12 days old', { ageMs: 12 * dayMs }, true],
  ])('and was %s is worn out: %j, %s', async (_what, wear, nearLimits) => {
    const { process, queue } = batch([record(1, wear)], async () =>
      returned('not done', t0 + 90_500, aMessage()),
    );
    expect(await process()).toEqual(nearLimits ? [] : ['message-1']);
    expect(queue.sent).toEqual(nearLimits ? [{ message: requeued, delaySeconds: 90.5 }] : []);
    expect(queue.visibilityChanges).toHaveLength(nearLimits ? 0 : 1);
  });

  test('and is worn out is sent without a delay if it was to be seen at once', async () => {
    for (const visibleAt of [undefined, t0 - 1]) {
      const { process, queue } = batch([record(1, { receiveCount: 900 })], async () =>
        returned('', visibleAt, aMessage()),
      );
      await process();
      expect(queue.sent).toEqual([{ message: requeued, delaySeconds: 0 }]);
    }
  });

  test('and is worn out stays if it cannot be sent anew', async () => {
    const { process, queue } = batch([record(1, { receiveCount: 900 })], async () =>
      returned('', t0 + 1_000, aMessage()),
    );
    queue.failing.add('send');
    expect(await process()).toEqual(['message-1']);
    expect(queue.visibilityChanges).toEqual([{ receiptHandle: 'receipt-1', seconds: 1 }]);
  });

  test('and is worn out stays on an ordered queue: sent anew it would lose its place', async () => {
    const { process, queue } = batch(
      [record(1, { receiveCount: 950, ageMs: 13 * dayMs })],
      async () => returned('', t0 + 1_000, aMessage()),
      { isOrdered: true },
    );
    expect(await process()).toEqual(['message-1']);
    expect(queue.sent).toEqual([]);
    expect(queue.visibilityChanges).toEqual([{ receiptHandle: 'receipt-1', seconds: 1 }]);
  });

  test('and is worn out stays if nobody could read it', async () => {
    const { process, queue } = batch([record(1, { receiveCount: 950 })], async () => returned('unreadable'));
    expect(await process()).toEqual(['message-1']);
    expect(queue.sent).toEqual([]);
  });
});

test('a message that is done is not sent anew, however old', async () => {
  const { process, queue } = batch([record(1, { receiveCount: 999, ageMs: 13 * dayMs })], async () =>
    deleted('done'),
  );
  expect(await process()).toEqual([]);
  expect(queue.sent).toEqual([]);
});
