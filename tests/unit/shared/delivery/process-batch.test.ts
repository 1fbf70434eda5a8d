import { describe, expect, test } from '@jest/globals';
import { type Disposition, deleted, returned } from '../../../../shared/delivery/disposition.ts';
import type { Delivery } from '../../../../shared/job/ports.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { batch, record, tenRecords } from '../../../set-ups/batch.ts';
import { aMessage } from '../../../set-ups/samples.ts';

describe('processBatch', () => {
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

  test('requeues a wake as a wake', async () => {
    const nearLimits = record(1, { receiveCount: 900, message: aMessage({ wake: true }) });
    const { process, queue } = batch([nearLimits], () => Promise.reject(new Error('no')));
    expect(await process()).toEqual([]);
    expect(queue.sent).toMatchObject([{ message: { wake: true, requeued: true } }]);
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
