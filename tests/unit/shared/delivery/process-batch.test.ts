import { describe, expect, test } from '@jest/globals';
import { type Disposition, deleted, returned } from '../../../../shared/delivery/disposition.ts';
import type { Delivery } from '../../../../shared/job/ports.ts';
import { batch, record, tenRecords } from '../../../fakes/batch.ts';
import { aMessage, t0 } from '../../../fakes/samples.ts';

describe('a batch', () => {
  test('reports the one message of ten that is to stay, and no other', async () => {
    const { process } = batch(tenRecords, async ({ messageId }) =>
      messageId === 'message-4' ? returned('not done') : deleted('done'),
    );
    expect(await process()).toEqual(['message-4']);
  });

  test('is not spoiled by a message whose processing throws', async () => {
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
  ])('has what threw at delivery %d come again after a backoff of %d ms', async (receiveCount, ms) => {
    const { process, queue } = batch([record(1, { receiveCount })], () => Promise.reject(new Error('no')));
    expect(await process()).toEqual(['message-1']);
    expect(queue.visibilityChanges).toEqual([{ receiptHandle: 'receipt-1', seconds: ms / 1_000 }]);
  });

  test('sends anew what threw and is worn out: an outage ends no job', async () => {
    const { process, queue } = batch([record(1, { receiveCount: 900 })], () =>
      Promise.reject(new Error('no')),
    );
    expect(await process()).toEqual([]);
    expect(queue.sent).toEqual([{ message: aMessage({ requeued: true }), delaySeconds: 120 }]);
  });

  test('sends a wake anew as a wake', async () => {
    const worn = record(1, { receiveCount: 900, message: aMessage({ wake: true }) });
    const { process, queue } = batch([worn], () => Promise.reject(new Error('no')));
    expect(await process()).toEqual([]);
    expect(queue.sent).toMatchObject([{ message: { wake: true, requeued: true } }]);
  });

  test('of an ordered queue is given back for longer: its deliveries are counted', async () => {
    const throwing = () => Promise.reject(new Error('no'));
    const { process, queue } = batch([record(1, { receiveCount: 99 })], throwing, { isOrdered: true });
    await process();
    expect(queue.visibilityChanges).toEqual([{ receiptHandle: 'receipt-1', seconds: 450 }]);
  });

  test('of which all are to stay is answered all the same', async () => {
    const { process } = batch(tenRecords, async () => returned('not done'));
    expect(await process()).toHaveLength(10);
  });

  test('of which all throw is answered all the same', async () => {
    const { process } = batch(tenRecords, () => Promise.reject(undefined));
    expect(await process()).toHaveLength(10);
  });

  test('that is empty is answered', async () => {
    expect(await batch([], async () => deleted('done')).process()).toEqual([]);
  });

  test('is processed at once, not one message after the other', async () => {
    const begun = new Set<string>();
    const allBegun = Promise.withResolvers<Disposition>();
    const { process } = batch(tenRecords, ({ messageId }) => {
      if (begun.add(messageId).size === 10) allBegun.resolve(deleted('done'));
      return allBegun.promise;
    });
    expect(await process()).toEqual([]);
  });

  test('hands over what SQS tells of each delivery', async () => {
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
