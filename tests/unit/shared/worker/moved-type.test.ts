import { expect, test } from '@jest/globals';
import { QueueUnavailableError } from '../../../../shared/job/errors.ts';
import { writeMessage } from '../../../../shared/job/message.ts';
import { processDelivery } from '../../../../shared/worker/process-delivery.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { InMemoryJobQueue } from '../../../../testkit/fakes/in-memory-queues.ts';
import { aDelivery, aMessage, aQueuedItem, jobId } from '../../../set-ups/samples.ts';
import { anInvocation, aWorker } from '../../../set-ups/worker.ts';

/** A worker of the standard queue: it has no handler for types of the long queue, such as `countdown`. */
function standardWorker() {
  const { deps, store, queue, clock } = aWorker();
  const long = new InMemoryJobQueue();
  const { countdown: _, ...handlers } = deps.handlers;
  const standard = { ...deps, handlers, otherRunQueues: { long } };
  const process = (message = aMessage()) =>
    processDelivery(aDelivery({ body: writeMessage(message) }), anInvocation(clock), standard);
  return { process, long, store, queue };
}

test('a message whose type has moved to another queue is sent on there, and deleted', async () => {
  const { process, long, store } = standardWorker();
  store.items.set(jobId, aQueuedItem());
  expect(await process()).toEqual({ kind: 'delete', why: 'its type runs from another queue' });
  expect(long.sent).toEqual([{ message: { ...aMessage(), requeued: true }, delaySeconds: 0 }]);
  expect(store.items.get(jobId)).toEqual(aQueuedItem());
});

test('a message whose type has moved stays where it is if the other queue cannot be reached', async () => {
  const { process, long } = standardWorker();
  long.failing.add('send');
  await expect(process()).rejects.toThrow(QueueUnavailableError);
});

test('a message of a type that this worker runs is not sent on', async () => {
  const { process, long, store } = standardWorker();
  const payload = { csv: 'a,b\nx,1\n', groupBy: 'a', metrics: [{ column: 'b', op: 'sum' }] };
  expect((await process(aMessage({ type: 'csv-aggregate', payload }))).kind).toBe('delete');
  expect(long.sent).toEqual([]);
  expect(store.items.get(jobId)?.status).toBe('succeeded');
});

test('a message of a type that no contract names is not sent on, but tried again', async () => {
  const { process, long, store } = standardWorker();
  expect(await process(aMessage({ type: 'of-tomorrow' }))).toMatchObject({
    kind: 'return',
    visibleAt: t0 + 1_000,
  });
  expect(long.sent).toEqual([]);
  expect(store.items.get(jobId)?.error?.name).toBe('UnknownJobTypeError');
});
