import { describe, expect, test } from '@jest/globals';
import { processArrival } from '../../../../functions/admission/process-arrival.ts';
import { resolveDeadLetter } from '../../../../functions/dead-letter/resolve-dead-letter.ts';
import { classifyDelivery } from '../../../../shared/delivery/classify-delivery.ts';
import type { Disposition } from '../../../../shared/delivery/disposition.ts';
import type { JobItem } from '../../../../shared/job/item.ts';
import { writeMessage } from '../../../../shared/job/message.ts';
import type { Delivery } from '../../../../shared/job/ports.ts';
import { processDelivery } from '../../../../shared/worker/process-delivery.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { admissionOnly } from '../../../set-ups/admission.ts';
import { batch, record } from '../../../set-ups/batch.ts';
import { aFailedItem, aMessage, aQueuedItem, aRunningItem, jobId } from '../../../set-ups/samples.ts';
import { anInvocation, aWorker } from '../../../set-ups/worker.ts';

const look = (item: JobItem, run: number) => classifyDelivery(item, { message: aMessage({ run }), now: t0 });

// A table that was restored from a backup is older than its queues.
describe('a message of a run that its item does not know', () => {
  test.each([
    ['two runs ahead of a failed job', aFailedItem(), 3],
    ['one run ahead of a queued job', aQueuedItem(), 2],
    ['one run ahead of a running job', aRunningItem(), 2],
    ['one run ahead of a succeeded job', aFailedItem({ status: 'succeeded', message: undefined }), 2],
  ])('is recognized: %s', (_what, item, run) => {
    expect(look(item, run)).toEqual({ kind: 'futureRun', itemRun: 1 });
  });

  test('is the next run if the job can be retried', () => {
    expect(look(aFailedItem(), 2)).toEqual({ kind: 'nextRun', item: aFailedItem() });
  });

  const item = aQueuedItem({ status: 'running', leaseUntil: t0 + 1_000 });
  const reason = 'the message is of run 7, the item of run 1';

  function receive(name: string, { receiveCount = 1, isOrdered = false } = {}) {
    const { deps, store, clock } = aWorker({ isOrdered });
    store.items.set(jobId, item);
    const body = writeMessage(aMessage({ run: 7 }));
    const { process, queue, log } = batch(
      [{ ...record(1, { receiveCount }), body }],
      (delivery) => decide(delivery),
      { isOrdered },
    );
    const own = { ...deps, queue };
    const admission = { ...own, ...admissionOnly(queue) };
    const byName: Readonly<Record<string, (delivery: Delivery) => Promise<Disposition>>> = {
      worker: (delivery) => processDelivery(delivery, anInvocation(clock), own),
      admission: (delivery) => processArrival(delivery, admission),
      'dead letter': (delivery) => resolveDeadLetter(delivery, own),
    };
    const decide = (delivery: Delivery) => byName[name]?.(delivery) ?? Promise.reject();
    return { process, queue, log, body, stored: () => store.items.get(jobId) };
  }

  test.each(['worker', 'admission'])('is returned with a backoff by the %s', async (name) => {
    const { process, queue, log, stored } = receive(name, { receiveCount: 4 });
    expect(await process()).toEqual(['message-1']);
    expect(queue.visibilityChanges).toEqual([{ receiptHandle: 'receipt-1', seconds: 8 }]);
    expect(log.lines.find(({ level }) => level === 'error')?.fields.error).toMatchObject({ message: reason });
    expect(stored()).toBe(item);
  });

  test.each([
    ['worker', 900, false],
    ['worker', 900, true],
    ['admission', 900, false],
    ['dead letter', 1, false],
  ])(
    'goes to quarantine at the end, with both runs: %s, receive %d, ordered: %s',
    async (name, receiveCount, isOrdered) => {
      const { process, queue, body, stored } = receive(name, { receiveCount, isOrdered });
      expect(await process()).toEqual([]);
      expect(queue.quarantined).toEqual([{ body, reason }]);
      expect(queue.sent).toEqual([]);
      expect(stored()).toBe(item);
    },
  );
});
