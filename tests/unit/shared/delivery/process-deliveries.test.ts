import { describe, expect, test } from '@jest/globals';
import { type Disposition, deleted, returned, waiting } from '../../../../shared/delivery/disposition.ts';
import { routeOf } from '../../../../shared/delivery/route.ts';
import { StoreUnavailableError } from '../../../../shared/domain/base/errors.ts';
import type { JobMessage } from '../../../../shared/domain/state/job/message.ts';
import type { Delivery } from '../../../../shared/domain/state/ports.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { contracts } from '../../../job-types/contracts.ts';
import { batch, record, tenRecords } from '../../../set-ups/deliveries.ts';
import { aMessage, anId, aQueuedItem, dayMs, jobId } from '../../../set-ups/samples.ts';

describe('processDeliveries', () => {
  test('reports only the one message of ten that is returned', async () => {
    const { process } = batch(tenRecords, async ({ messageId }) =>
      messageId === 'message-4' ? returned('not done') : deleted('done'),
    );
    expect(await process()).toEqual(['message-4']);
  });

  test('returns a message whose processing throws, and deletes the other nine', async () => {
    const { process, log } = batch(tenRecords, async ({ messageId }) => {
      if (messageId === 'message-4') throw new Error('no');
      return deleted('done');
    });
    expect(await process()).toEqual(['message-4']);
    expect(log.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
  });

  test.each([
    [1, 1_000],
    [4, 8_000],
    [899, 120_000],
  ])(
    'returns a message whose processing throws on receive %d with a backoff of %d ms',
    async (receiveCount, ms) => {
      const { process, queue } = batch([record(1, { receiveCount })], () => Promise.reject(new Error('no')));
      expect(await process()).toEqual(['message-1']);
      expect(queue.visibilityChanges).toEqual([{ receiptHandle: 'receipt-1', seconds: ms / 1_000 }]);
    },
  );

  test('requeues a message whose processing throws on its 900th receive, so that an outage ends no job', async () => {
    const { process, queue } = batch([record(1, { receiveCount: 900 })], () =>
      Promise.reject(new Error('no')),
    );
    expect(await process()).toEqual([]);
    expect(queue.sent).toEqual([{ message: aMessage({ requeued: true }), delaySeconds: 120 }]);
  });

  describe('whose job waits', () => {
    const message = aMessage();
    const decide = async () => waiting('asleep', t0 + 600_000, message);

    test('gives its place in flight to a delayed copy', async () => {
      const { process, queue } = batch([record(1)], decide);
      expect(await process()).toEqual([]);
      expect(queue.sent).toEqual([{ message: { ...message, requeued: true }, delaySeconds: 600 }]);
    });

    test('waits in flight if the copy cannot be sent, or if its queue is ordered', async () => {
      for (const [failing, isOrdered] of [
        [true, false],
        [false, true],
      ] as const) {
        const { process, queue } = batch([record(1)], decide, { isOrdered });
        if (failing) queue.failing.add('send');
        expect(await process()).toEqual(['message-1']);
        expect(queue.visibilityChanges).toEqual([{ receiptHandle: 'receipt-1', seconds: 600 }]);
      }
    });
  });

  test('uses longer backoffs on an ordered queue, where a message cannot be requeued', async () => {
    const throwing = () => Promise.reject(new Error('no'));
    const { process, queue } = batch([record(1, { receiveCount: 99 })], throwing, { isOrdered: true });
    await process();
    expect(queue.visibilityChanges).toEqual([{ receiptHandle: 'receipt-1', seconds: 450 }]);
  });

  test('reports all messages if all are returned', async () => {
    const { process } = batch(tenRecords, async () => returned('not done'));
    expect(await process()).toHaveLength(10);
  });

  test('reports all messages if the processing of each one throws', async () => {
    const { process } = batch(tenRecords, () => Promise.reject(undefined));
    expect(await process()).toHaveLength(10);
  });

  test('accepts an empty batch', async () => {
    expect(await batch([], async () => deleted('done')).process()).toEqual([]);
  });

  test('processes all messages at the same time', async () => {
    const started = new Set<string>();
    const allStarted = Promise.withResolvers<Disposition>();
    const { process } = batch(tenRecords, ({ messageId }) => {
      if (started.add(messageId).size === 10) allStarted.resolve(deleted('done'));
      return allStarted.promise;
    });
    expect(await process()).toEqual([]);
  });

  test('passes on the id, the receipt handle, the body, the receive count and the sent time of a message', async () => {
    const seen: Delivery[] = [];
    const old = record(1, { receiveCount: 7, ageMs: 1_500 });
    await batch([old], async (delivery) => {
      seen.push(delivery);
      return deleted('done');
    }).process();
    const { messageId, receiptHandle, body } = old;
    expect(seen).toEqual([{ messageId, receiptHandle, body, receiveCount: 7, sentAt: t0 - 1_500 }]);
  });
});

/** The mark tells the receiver that an earlier delivery may have been processed in part. */
const requeued = aMessage({ requeued: true });

describe('returned message', () => {
  describe('processDeliveries', () => {
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
    ])(
      '%s a returned message that was %s, and says that it does',
      async (_what, _when, received, nearLimits) => {
        const { process, queue, store } = batch([record(1, received)], async () =>
          returned('not done', t0 + 90_500, aMessage()),
        );
        store.items.set(jobId, aQueuedItem());
        expect(await process()).toEqual(nearLimits ? [] : ['message-1']);
        expect(store.items.get(jobId)).toEqual(aQueuedItem(nearLimits ? { seenAt: t0 } : {}));
        expect(queue.sent).toEqual(nearLimits ? [{ message: requeued, delaySeconds: 90.5 }] : []);
        expect(queue.visibilityChanges).toHaveLength(nearLimits ? 0 : 1);
      },
    );

    test('requeues a message near the queue limits without a delay if it would be visible at once', async () => {
      for (const visibleAt of [undefined, t0 - 1]) {
        const { process, queue } = batch([record(1, { receiveCount: 900 })], async () =>
          returned('', visibleAt, aMessage()),
        );
        await process();
        expect(queue.sent).toEqual([{ message: requeued, delaySeconds: 0 }]);
      }
    });

    test.each([
      ['requeues', 'was received 900 times', { receiveCount: 900 }, 1],
      ['returns', 'is 12 days old', { ageMs: 12 * dayMs }, 0],
    ])('%s a message that %s while the table is out of reach', async (_what, _when, received, copies) => {
      const { process, queue, store } = batch([record(1, received)], async () =>
        returned('', t0 + 1_000, aMessage()),
      );
      store.write = async () => Promise.reject(new StoreUnavailableError('away'));
      expect(await process()).toHaveLength(1 - copies);
      expect(queue.sent).toHaveLength(copies);
      expect(queue.visibilityChanges.map(({ seconds }) => seconds)).toEqual(copies === 1 ? [] : [60]);
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

  test('processDeliveries does not requeue a message that is deleted, however old it is', async () => {
    const { process, queue } = batch([record(1, { receiveCount: 999, ageMs: 13 * dayMs })], async () =>
      deleted('done'),
    );
    expect(await process()).toEqual([]);
    expect(queue.sent).toEqual([]);
  });
});

const minute = 60_000;
const routeWith = (options: Partial<JobMessage['options']>, over: Partial<JobMessage> = {}) =>
  routeOf(aMessage({ ...over, options: { maxAttempts: 3, ...options } }), contracts, t0);

describe('routeOf', () => {
  test.each([
    ['counting', 'long'],
    ['csv-sums', 'standard'],
    ['removed-type', 'standard'],
  ])('sends a message of type %s to its run queue, "%s", if the job may run at once', (type, queue) => {
    expect(routeWith({}, { type })).toEqual({ queue, delaySeconds: 0 });
    expect(routeWith({}, { type, run: 2 })).toEqual({ queue, delaySeconds: 0 });
  });

  test.each(['counting', 'csv-sums'])(
    'sends a message with a group to the ordered queue, also for the type %s',
    (type) => {
      expect(routeWith({ group: 'a group' }, { type })).toEqual({ queue: 'ordered', delaySeconds: 0 });
    },
  );

  test.each([
    [-dayMs, 'long', 0],
    [0, 'long', 0],
    [1, 'long', 0.001],
    [15 * minute, 'long', 900],
    [15 * minute + 1, 'waiting', 900],
    [30 * minute, 'waiting', 900],
    [30 * minute + 1, 'waiting', 5],
    [14 * dayMs, 'waiting', 5],
  ])(
    'sends a message whose job may run in %d ms to the %s queue with a delay of %d s',
    (dueInMs, queue, delaySeconds) => {
      expect(routeWith({ runAt: t0 + dueInMs })).toEqual({ queue, delaySeconds });
    },
  );

  test.each([
    ['no start time', undefined],
    ['a start time that is past', t0 - 1],
    ['a start time in a minute', t0 + minute],
    ['a start time in a day', t0 + dayMs],
  ])('sends a message with dependencies and %s to the waiting queue without a delay', (_what, runAt) => {
    const options = { dependsOn: [anId(1)], ...(runAt === undefined ? {} : { runAt }) };
    expect(routeWith(options)).toEqual({ queue: 'waiting', delaySeconds: 0 });
  });
});
