import { describe, expect, test } from '@jest/globals';
import { processArrival } from '../../../../functions/admission/process-arrival.ts';
import { resolveDeadLetter } from '../../../../functions/dead-letter/resolve-dead-letter.ts';
import type { Disposition } from '../../../../shared/delivery/disposition.ts';
import type { JobItem } from '../../../../shared/job/item.ts';
import type { Delivery } from '../../../../shared/job/ports.ts';
import { currentVersion } from '../../../../shared/job/version.ts';
import { processDelivery } from '../../../../shared/worker/process-delivery.ts';
import { admissionOnly } from '../../../set-ups/admission.ts';
import { batch, record } from '../../../set-ups/batch.ts';
import { aMessage, aQueuedItem, jobId } from '../../../set-ups/samples.ts';
import { anInvocation, aWorker } from '../../../set-ups/worker.ts';

const version = currentVersion + 1;

/** Each function that receives messages, with a table that has this item. */
function receivers(item?: JobItem) {
  const { deps, store, queue, clock } = aWorker();
  if (item) store.items.set(jobId, item);
  const admission = { ...deps, ...admissionOnly(queue) };
  const byName: Readonly<Record<string, (delivery: Delivery) => Promise<Disposition>>> = {
    worker: (delivery) => processDelivery(delivery, anInvocation(clock), deps),
    admission: (delivery) => processArrival(delivery, admission),
    'dead letter': (delivery) => resolveDeadLetter(delivery, deps),
  };
  return { byName, queue, store };
}

describe.each(['worker', 'admission', 'dead letter'])('the %s function', (name) => {
  test.each([1, 900])(
    'returns a newer message on receive %d, with a backoff, and logs it',
    async (receiveCount) => {
      const { byName, queue: own } = receivers();
      const body = JSON.stringify({ ...aMessage(), version });
      const sent = { ...record(1, { receiveCount }), body };
      const { process, queue, log } = batch(
        [sent],
        (delivery) => byName[name]?.(delivery) ?? Promise.reject(),
      );
      expect(await process()).toEqual(['message-1']);
      expect(queue.visibilityChanges).toEqual([{ receiptHandle: 'receipt-1', seconds: expect.any(Number) }]);
      expect(queue.visibilityChanges[0]?.seconds).toBeGreaterThan(0);
      expect([...queue.sent, ...own.sent, ...own.quarantined]).toEqual([]);
      expect(log.lines.find(({ level }) => level === 'error')?.fields.error).toMatchObject({
        name: 'NewerVersionError',
        message: 'the message has version 2, this code knows 1',
      });
    },
  );

  test('returns a message whose item is newer, and leaves the item unchanged', async () => {
    const newer = { ...aQueuedItem(), version } as never;
    const { byName, store } = receivers(newer);
    const { process, log } = batch([record(1)], (delivery) => byName[name]?.(delivery) ?? Promise.reject());
    expect(await process()).toEqual(['message-1']);
    expect(store.items.get(jobId)).toBe(newer);
    expect(JSON.stringify(log.lines.map(({ fields }) => String(fields.error)))).toContain(
      'NewerVersionError',
    );
  });
});
