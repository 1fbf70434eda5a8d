import { expect, test } from '@jest/globals';
import { writeMessage } from '../../../../shared/domain/state/message.ts';
import type { KnownPlace } from '../../../../shared/domain/state/tenant-queues.ts';
import { processDelivery } from '../../../../shared/worker/process-delivery.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { InMemoryJobQueue } from '../../../../testkit/fakes/in-memory-queues.ts';
import { aDelivery, aMessage, aQueuedItem, jobId } from '../../../set-ups/samples.ts';
import { anInvocation, aWorker } from '../../../set-ups/worker.ts';

/** The worker of the second of three ordered queues, and a message that it has received. */
async function received(place: Partial<KnownPlace> | undefined) {
  const { deps, store, clock } = aWorker({ isOrdered: true });
  store.items.set(jobId, aQueuedItem({ group: 'g' }));
  const sent = new InMemoryJobQueue({ isOrdered: true });
  const known = place && { queue: 2, validUntil: t0 + 60_000, ...place };
  const ownOrdered = { number: 2, tenants: { placeOfReceived: async () => known }, queues: sent };
  const message = aMessage({ options: { maxAttempts: 3, group: 'g' } });
  const disposition = await processDelivery(aDelivery({ body: writeMessage(message) }), anInvocation(clock), {
    ...deps,
    ownOrdered,
  });
  return { disposition, sent: sent.sent, status: store.items.get(jobId)?.status };
}

test('the job of a tenant starts from its queue, also while that drains, and where nobody has given the tenant a queue', async () => {
  for (const place of [{}, { move: { to: 3, phase: 'drain' } as const }, undefined])
    expect(await received(place)).toMatchObject({ disposition: { kind: 'delete' }, status: 'succeeded' });
});

test('while a move is about to end, a message is hidden for a minute', async () => {
  const { disposition, sent, status } = await received({ move: { to: 3, phase: 'closed' } });
  expect(disposition).toMatchObject({ kind: 'return', visibleAt: t0 + 60_000 });
  expect([sent, status]).toEqual([[], 'queued']);
});

test('a message of a tenant with another queue is sent on, and deleted', async () => {
  const { disposition, sent, status } = await received({ queue: 3 });
  expect(disposition.kind).toBe('delete');
  expect(sent).toMatchObject([{ message: { id: jobId, requeued: true } }]);
  expect(status).toBe('queued');
});

test('a job is not claimed by what was read too long ago', async () => {
  const { disposition, status } = await received({ validUntil: t0 - 1 });
  expect([disposition.kind, status]).toEqual(['return', 'queued']);
});
