import { describe, expect, test } from '@jest/globals';
import { type CanceledJob, withCancel } from '../../../../../shared/author/handler.ts';
import { PermanentError } from '../../../../../shared/domain/base/errors.ts';
import type { JobItem } from '../../../../../shared/domain/state/job/item.ts';
import { writeMessage } from '../../../../../shared/domain/state/job/message.ts';
import { processDelivery } from '../../../../../shared/worker/attempt/process-delivery.ts';
import { t0 } from '../../../../../testkit/fakes/fixed.ts';
import { contracts } from '../../../../job-types/contracts.ts';
import { aDelivery, aMessage, aQueuedItem, aRunningItem, jobId } from '../../../../set-ups/samples.ts';
import { anInvocation, aWorker } from '../../../../set-ups/worker.ts';

const canceling = { cancelRequested: true as const, startedAt: t0 - 9_000 };
const asleep = aQueuedItem({
  ...canceling,
  status: 'waiting',
  notBefore: t0 + 900_000,
  checkpoint: '{"passed":3}',
});
const hasCancel = { ...contracts, counting: { ...contracts.counting, hasCancel: true } };

type Canceled = CanceledJob<{ passed: number }>;

/** A worker whose handler has a `cancel`. The table has this item. */
function aCancelingWorker(
  item: JobItem,
  cancel: (job: Canceled) => Promise<void> = async () => {},
  run: () => Promise<{ seconds: number }> = async () => ({ seconds: 0 }),
) {
  const { deps, store, clock, log } = aWorker();
  store.items.set(jobId, item);
  const canceled: Canceled[] = [];
  const counting = withCancel<typeof contracts.counting>(run, async (_payload, job) => {
    canceled.push(job);
    await cancel(job);
  });
  const all = { ...deps, contracts: hasCancel, handlers: { ...deps.handlers, counting } };
  const process = (body = JSON.stringify(aMessage({ payload: { seconds: 1 } }))) =>
    processDelivery(aDelivery({ body }), anInvocation(clock), all);
  return { process, canceled, clock, log, stored: () => store.items.get(jobId) };
}

describe('a requested cancel of a job that may have started something elsewhere', () => {
  test('calls the cancel of its handler with the stored state, and ends the job then', async () => {
    const { process, canceled, stored } = aCancelingWorker(asleep, async () => {
      expect(stored()?.status).toBe('waiting');
    });
    expect(await process()).toEqual({ kind: 'delete', why: 'the job is canceled' });
    expect(canceled).toMatchObject([{ id: jobId, tenant: 'a tenant', run: 1, resume: { passed: 3 } }]);
    expect(canceled[0]?.now()).toBe(t0);
    expect(stored()?.status).toBe('canceled');
  });

  test('is carried out without a call for a job that has not started', async () => {
    const { process, canceled, stored } = aCancelingWorker({ ...asleep, startedAt: undefined });
    await process();
    expect(canceled).toEqual([]);
    expect(stored()?.status).toBe('canceled');
  });

  test('is passed on again if the call fails: the job is not canceled before', async () => {
    const { process, stored } = aCancelingWorker(asleep, () => Promise.reject(new Error('throttled')));
    await expect(process()).rejects.toThrow('throttled');
    expect(stored()).toEqual(asleep);
  });

  test('is given up if no further call can help: the job is canceled, and the log says so', async () => {
    const refused = () => Promise.reject(new PermanentError('access denied'));
    const { process, stored, log } = aCancelingWorker(asleep, refused);
    expect((await process()).kind).toBe('delete');
    expect(stored()?.status).toBe('canceled');
    expect(log.lines).toMatchObject([
      { level: 'error', message: 'cancel not passed on' },
      { message: 'job ended', fields: { outcome: 'canceled' } },
    ]);
  });

  test('is given up if the payload or the state cannot be read any more', async () => {
    for (const item of [{ ...asleep, checkpoint: '{"gone":1}' }, asleep]) {
      const { process, canceled, stored } = aCancelingWorker(item);
      await process(
        JSON.stringify(aMessage({ payload: item === asleep ? { seconds: 'many' } : { seconds: 1 } })),
      );
      expect([canceled, stored()?.status]).toEqual([[], 'canceled']);
    }
  });

  test('has 20 seconds a call', async () => {
    let isAborted = false;
    const { process, clock, stored } = aCancelingWorker(asleep, ({ signal }) => {
      signal.addEventListener('abort', () => {
        isAborted = true;
      });
      return new Promise(() => {});
    });
    const processing = process();
    processing.catch(() => undefined);
    await clock.advance(19_000);
    expect(isAborted).toBe(false);
    await clock.advance(1_000);
    await expect(processing).rejects.toThrow('longer than 20 s');
    expect(isAborted).toBe(true);
    expect(stored()).toEqual(asleep);
  });
});

test('a cancel of a job of a group that could not be passed on is left to admission, before the queue drops its message', async () => {
  const { deps, store, clock, waiting } = aWorker({ isOrdered: true });
  store.items.set(jobId, asleep);
  const message = aMessage({ options: { maxAttempts: 3, group: 'g' } });
  const delivery = aDelivery({ body: writeMessage(message), receiveCount: 900 });
  const all = { ...deps, contracts: hasCancel };
  expect(await processDelivery(delivery, anInvocation(clock), all)).toEqual({
    kind: 'delete',
    why: 'admission sees to its cancel',
  });
  expect(waiting.sent).toMatchObject([{ message: { ...message, requeued: true } }]);
  expect(store.items.get(jobId)).toEqual({ ...asleep, seenAt: t0 });
});

describe('a job that is canceled while it runs', () => {
  const request = (stored: () => JobItem | undefined) => {
    const item = stored();
    if (item) item.cancelRequested = true;
  };

  test('is canceled after its cancel was called', async () => {
    const run = () => new Promise<never>(() => {});
    const { process, canceled, clock, stored } = aCancelingWorker(aQueuedItem(), undefined, run);
    const processing = process();
    await clock.advance(1_000);
    request(stored);
    await clock.advance(40_000);
    expect(await processing).toEqual({ isLogged: true, kind: 'delete', why: 'the job is canceled' });
    expect(canceled).toHaveLength(1);
  });

  test('keeps its lease if the call fails, and is looked at again at once', async () => {
    const run = () => new Promise<never>(() => {});
    const throttled = () => Promise.reject(new Error('throttled'));
    const { process, clock, stored } = aCancelingWorker(aQueuedItem(), throttled, run);
    const processing = process();
    await clock.advance(1_000);
    request(stored);
    await clock.advance(40_000);
    expect(await processing).toMatchObject({ kind: 'return', why: 'its cancel could not be passed on' });
    expect(stored()).toMatchObject({ status: 'running', cancelRequested: true });
  });

  test('is not canceled by the write that ends its attempt, if the cancel came right before it', async () => {
    const { process, canceled, stored } = aCancelingWorker(aQueuedItem(), undefined, async () => {
      request(stored);
      throw new Error('another attempt');
    });
    expect((await process()).kind).toBe('return');
    expect(stored()).toMatchObject({ status: 'running', cancelRequested: true });
    expect(canceled).toEqual([]);
  });
});

test('a job that has a lease is canceled by its worker alone', async () => {
  const { process, canceled } = aCancelingWorker(aRunningItem(canceling));
  expect(await process()).toMatchObject({ kind: 'return', why: 'a worker has the job' });
  expect(canceled).toEqual([]);
});
