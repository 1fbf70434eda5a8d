import { describe, expect, test } from '@jest/globals';
import type { JobItem } from '../../../../shared/job/item.ts';
import type { JobStore } from '../../../../shared/job/ports.ts';
import { processDelivery } from '../../../../shared/worker/process-delivery.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { InMemoryJobQueue } from '../../../../testkit/fakes/in-memory-queues.ts';
import { aDelivery, aMessage, aRunningItem, jobId, leaseMs } from '../../../set-ups/samples.ts';
import { anInvocation, aWorker } from '../../../set-ups/worker.ts';

/** A worker that has received so many messages, of which one is processed. */
function worker(
  batchSize: number,
  item?: JobItem,
  distort: (store: JobStore) => JobStore = (store) => store,
) {
  const { deps, store, clock } = aWorker();
  const long = new InMemoryJobQueue();
  if (item) store.items.set(jobId, item);
  let whileRunning: JobItem | undefined;
  const countdown = async () => {
    whileRunning = store.items.get(jobId);
    return { seconds: 0 };
  };
  const own = {
    ...deps,
    store: distort(store),
    handlers: { ...deps.handlers, countdown },
    otherRunQueues: { long },
  };
  const process = () => processDelivery(aDelivery(), anInvocation(clock, 60_000, batchSize), own);
  return { process, long, whileRunning: () => whileRunning, stored: () => store.items.get(jobId) };
}

/** Its worker died with others in the same process. */
const crashed = aRunningItem({ attempt: 3, leaseUntil: t0, inCompany: true });

describe('a job that runs in a batch with others', () => {
  test('is marked as in company while it runs, and not after that', async () => {
    const { process, whileRunning, stored } = worker(10);
    await process();
    expect(whileRunning()?.inCompany).toBe(true);
    expect(stored()).toMatchObject({ status: 'succeeded' });
    expect(stored()).not.toHaveProperty('inCompany');
  });

  test('is not marked if its batch is a single message', async () => {
    const { process, whileRunning } = worker(1);
    await process();
    expect(whileRunning()).not.toHaveProperty('inCompany');
  });
});

describe('a job that crashed in company', () => {
  test('is sent to the long queue to run alone, even if its attempts are spent', async () => {
    const { process, long, stored } = worker(10, crashed);
    expect(await process()).toEqual({ kind: 'delete', why: 'it crashed in company, and runs alone now' });
    expect(long.sent).toEqual([{ message: { ...aMessage(), requeued: true }, delaySeconds: 0 }]);
    expect(stored()).toBe(crashed);
  });

  test('runs where it is if it is alone there, and its attempt is not counted again', async () => {
    const { process, long, whileRunning, stored } = worker(1, crashed);
    expect(await process()).toEqual({ kind: 'delete', why: 'the job is succeeded' });
    expect(long.sent).toEqual([]);
    expect(whileRunning()).toMatchObject({ attempt: 3, fencingToken: crashed.fencingToken + 1 });
    expect(whileRunning()).not.toHaveProperty('inCompany');
    expect(stored()?.history).toEqual([
      { event: 'started', at: t0 },
      { event: 'started', at: t0, attempt: 3 },
      { event: 'succeeded', at: t0, attempt: 3 },
    ]);
  });

  test('is recognized by its worker if the answer to the second claim is lost', async () => {
    const { process, whileRunning } = worker(1, crashed, (store) => ({
      read: (id) => store.read(id),
      write: async (write) => {
        if (write.transition === 'reclaim') await store.write(write);
        return store.write(write);
      },
    }));
    expect((await process()).kind).toBe('delete');
    expect(whileRunning()).toMatchObject({ attempt: 3, fencingToken: crashed.fencingToken + 1 });
  });

  test('is left alone while its lease lives', async () => {
    const { process, long } = worker(10, { ...crashed, leaseUntil: t0 + leaseMs });
    expect(await process()).toMatchObject({ kind: 'return', visibleAt: t0 + leaseMs });
    expect(long.sent).toEqual([]);
  });

  test('is canceled if a cancel was requested', async () => {
    const { process, stored } = worker(10, { ...crashed, cancelRequested: true });
    expect((await process()).kind).toBe('delete');
    expect(stored()?.status).toBe('canceled');
  });
});

test('a job that crashed alone with its attempts spent fails', async () => {
  const { inCompany: _, ...alone } = crashed;
  const { process, stored } = worker(10, alone);
  expect(await process()).toEqual({ kind: 'delete', why: 'the job is failed' });
  expect(stored()?.error?.name).toBe('AttemptsExhaustedError');
});
