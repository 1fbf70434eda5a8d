import { expect, test } from '@jest/globals';
import { ObjectsUnavailableError } from '../../../../shared/job/object-errors.ts';
import { processDelivery } from '../../../../shared/worker/process-delivery.ts';
import { type AllHandlers, handlers } from '../../../set-ups/handlers.ts';
import { aDelivery, jobId } from '../../../set-ups/samples.ts';
import { anInvocation, aWorker } from '../../../set-ups/worker.ts';

test('code that a handler leaves running saves no state of an output that is being stored', async () => {
  const { deps, objects, clock, store } = aWorker();
  const countdown: AllHandlers['countdown'] = async (_payload, job) => {
    const output = job.output();
    await output.write('some');
    void clock.sleep(6_000).then(() => job.checkpoint({ passed: 1 }));
    return { seconds: 1 };
  };
  const put = async ({ name }: { readonly name: string }) => {
    if (!name.startsWith('results/')) return;
    await clock.sleep(7_000);
    throw new ObjectsUnavailableError('no');
  };
  const slow = { read: objects.read, size: objects.size, delete: objects.delete, put };
  const processing = processDelivery(aDelivery(), anInvocation(clock), {
    ...deps,
    objects: slow,
    handlers: { ...handlers, countdown },
  });
  await clock.advance(7_000);
  await processing;
  // The next attempt would find a state whose output has lost its last bytes.
  expect(store.items.get(jobId)?.status).toBe('queued');
  expect(store.items.get(jobId)).not.toHaveProperty('output');
});
