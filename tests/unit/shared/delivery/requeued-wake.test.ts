import { expect, test } from '@jest/globals';
import { StoreUnavailableError } from '../../../../shared/job/errors.ts';
import { writeMessage } from '../../../../shared/job/message.ts';
import type { Delivery } from '../../../../shared/job/ports.ts';
import { processDelivery } from '../../../../shared/worker/process-delivery.ts';
import { batch, record } from '../../../set-ups/batch.ts';
import { dependent, dependents, itsWake } from '../../../set-ups/dependents.ts';
import { aDelivery, aQueuedItem, jobId } from '../../../set-ups/samples.ts';
import { anInvocation, aWorker } from '../../../set-ups/worker.ts';

test('a message that was requeued after its job had ended unnoticed still wakes the dependents of the job', async () => {
  const { deps, store, waiting, clock } = aWorker();
  store.items.set(jobId, aQueuedItem({ dependents }));
  store.items.set(dependent.id, dependent);
  let answerLost = false;
  const losingAnswer = {
    read: (id: string) => store.read(id),
    write: async (write: Parameters<typeof store.write>[0]) => {
      const item = await store.write(write);
      if (write.transition !== 'succeed' || answerLost) return item;
      answerLost = true;
      throw new StoreUnavailableError('stored, but the answer was lost');
    },
  };
  const deliver = (delivery: Partial<Delivery>) =>
    processDelivery(aDelivery(delivery), anInvocation(clock), { ...deps, store: losingAnswer });
  const { process, queue } = batch([record(1, { receiveCount: 900 })], deliver);
  expect(await process()).toEqual([]);
  await clock.advance(60_000);
  const [requeued] = queue.sent;
  if (!requeued) throw new Error('the message was not requeued');
  await deliver({ body: writeMessage(requeued.message), receiveCount: 1 });
  expect(store.items.get(jobId)?.status).toBe('succeeded');
  expect(waiting.sent).toEqual([itsWake]);
});
