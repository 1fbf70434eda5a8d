import { expect, test } from '@jest/globals';
import { StoreUnavailableError } from '../../../../shared/job/errors.ts';
import { writeMessage } from '../../../../shared/job/message.ts';
import type { Delivery } from '../../../../shared/job/ports.ts';
import { processDelivery } from '../../../../shared/worker/process-delivery.ts';
import { batch, record } from '../../../fakes/batch.ts';
import { dependent, dependents, itsWake } from '../../../fakes/dependents.ts';
import { aDelivery, aQueuedItem, jobId } from '../../../fakes/samples.ts';
import { anInvocation, aWorker } from '../../../fakes/worker.ts';

test('a worn-out message whose job ended unheard still wakes those that wait, once it was sent anew', async () => {
  const { deps, store, waiting, clock } = aWorker();
  store.items.set(jobId, aQueuedItem({ dependents }));
  store.items.set(dependent.id, dependent);
  let lost = false;
  const unheard = {
    read: (id: string) => store.read(id),
    write: async (write: Parameters<typeof store.write>[0]) => {
      const item = await store.write(write);
      if (write.transition !== 'succeed' || lost) return item;
      lost = true;
      throw new StoreUnavailableError('committed, answer lost');
    },
  };
  const deliver = (delivery: Partial<Delivery>) =>
    processDelivery(aDelivery(delivery), anInvocation(clock), { ...deps, store: unheard });
  const { process, queue } = batch([record(1, { receiveCount: 900 })], deliver);
  expect(await process()).toEqual([]);
  await clock.advance(60_000);
  const [anew] = queue.sent;
  if (!anew) throw new Error('it was not sent anew');
  await deliver({ body: writeMessage(anew.message), receiveCount: 1 });
  expect(store.items.get(jobId)?.status).toBe('succeeded');
  expect(waiting.sent).toEqual([itsWake]);
});
