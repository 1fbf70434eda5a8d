import { describe, expect, test } from '@jest/globals';
import { type BatchRoot, childPlaceOf } from '../../../../../shared/domain/children/batch.ts';
import type { JobItem } from '../../../../../shared/domain/state/job/item.ts';
import { writeMessage } from '../../../../../shared/domain/state/job/message.ts';
import { processDelivery } from '../../../../../shared/worker/attempt/process-delivery.ts';
import { followParent } from '../../../../../shared/worker/children/child-gate.ts';
import type { FixedClock } from '../../../../../testkit/fakes/fixed.ts';
import { type InMemoryBatches, inMemoryBatches } from '../../../../../testkit/fakes/in-memory-batches.ts';
import { noChildren } from '../../../../../testkit/fakes/no-children.ts';
import { recordedLog } from '../../../../../testkit/fakes/recorded-log.ts';
import { aDelivery, aMessage, anId, aQueuedItem, aRoot, jobId } from '../../../../set-ups/samples.ts';
import { anInvocation, aWorker } from '../../../../set-ups/worker.ts';

const states = {
  'is there': async (batches: InMemoryBatches, root: BatchRoot) => void (await batches.create(root)),
  'has ended with its parent': async (batches: InMemoryBatches, root: BatchRoot) => {
    await batches.create(root);
    await batches.endParent({ batch: root.batch, run: 1, expiresAt: 1 });
  },
  'is being erased': async (batches: InMemoryBatches, root: BatchRoot) => {
    await batches.create(root);
    await batches.beginErase(root.batch);
  },
  'is erased': async (batches: InMemoryBatches, root: BatchRoot) => batches.finishErase(root.batch, 1),
  'has expired': async () => {},
};

type Policy = BatchRoot['whenParentEnds'];

/** A child, and what is left of its batch. */
async function aChild(state: keyof typeof states, whenParentEnds: Policy) {
  const batches = inMemoryBatches();
  const root = aRoot({ parent: anId(9), whenParentEnds });
  await states[state](batches, root);
  return { batches, message: aMessage({ version: 2, parent: childPlaceOf(root, 0) }) };
}

/** What becomes of a child whose message is received. */
async function received(state: keyof typeof states, policy: Policy, item?: Partial<JobItem>) {
  const { batches, message } = await aChild(state, policy);
  const { deps, store } = aWorker();
  if (item) store.items.set(jobId, aQueuedItem({ ...item, parent: message.parent }));
  await processDelivery(aDelivery({ body: writeMessage(message) }), anInvocation(deps.clock as FixedClock), {
    ...deps,
    ...noChildren(batches),
  });
  return store.items.get(jobId)?.status ?? 'no item';
}

type Row = readonly [keyof typeof states, Policy, string, string];

describe('a child whose batch', () => {
  test.each<Row>([
    ['is there', 'cancel', 'succeeded', 'succeeded'],
    ['is there', 'leave', 'succeeded', 'succeeded'],
    ['has ended with its parent', 'cancel', 'canceled', 'canceled'],
    ['has ended with its parent', 'leave', 'succeeded', 'succeeded'],
    ['is being erased', 'cancel', 'no item', 'canceled'],
    ['is being erased', 'leave', 'no item', 'canceled'],
    ['is erased', 'cancel', 'no item', 'canceled'],
    ['is erased', 'leave', 'no item', 'canceled'],
    ['has expired', 'cancel', 'no item', 'canceled'],
    ['has expired', 'leave', 'succeeded', 'succeeded'],
  ])('%s (%s): is %s, and %s if it has an item', async (state, policy, unborn, born) => {
    expect(await received(state, policy)).toBe(unborn);
    expect(await received(state, policy, {})).toBe(born);
  });

  test('has ended with its parent: gets its next run without a claim, which might come late and start it', async () => {
    const { batches, message } = await aChild('has ended with its parent', 'cancel');
    const { deps, store } = aWorker();
    store.items.set(jobId, aQueuedItem({ status: 'failed', parent: message.parent }));
    const written: string[] = [];
    const watched: typeof deps.store = {
      ...deps.store,
      read: (id) => store.read(id),
      write: (write) => {
        written.push(write.transition);
        return store.write(write);
      },
    };
    const body = writeMessage({ ...message, run: 2 });
    const watching = { ...deps, ...noChildren(batches), store: watched };
    await processDelivery(aDelivery({ body }), anInvocation(deps.clock as FixedClock), watching);
    expect(written).toEqual(['retry']);
    expect(store.items.get(jobId)).toMatchObject({ status: 'queued', run: 2 });
    await processDelivery(aDelivery({ body }), anInvocation(deps.clock as FixedClock), watching);
    expect(store.items.get(jobId)).toMatchObject({ status: 'canceled', run: 2 });
    expect(written.slice(1, 3)).toEqual(['cancel', 'claim']);
  });

  test.each<readonly [keyof typeof states, Policy, boolean]>([
    ['is there', 'cancel', false],
    ['has ended with its parent', 'cancel', true],
    ['has ended with its parent', 'leave', false],
    ['is being erased', 'leave', true],
    ['is erased', 'cancel', true],
    ['has expired', 'cancel', true],
    ['has expired', 'leave', false],
  ])('%s (%s): is stopped while it runs: %s', async (state, policy, isStopped) => {
    const { batches, message } = await aChild(state, policy);
    const controller = new AbortController();
    await followParent(message, controller, { recentRoots: batches, log: recordedLog() });
    expect(controller.signal.aborted).toBe(isStopped);
  });
});
