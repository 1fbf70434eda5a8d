import { describe, expect, test } from '@jest/globals';
import type { WorkLimit } from '../../../../../shared/author/work-limit.ts';
import type { JobItem } from '../../../../../shared/domain/state/job/item.ts';
import { type JobMessage, writeMessage } from '../../../../../shared/domain/state/job/message.ts';
import type { StartRate } from '../../../../../shared/domain/state/limits/start-rate.ts';
import { processDelivery } from '../../../../../shared/worker/attempt/process-delivery.ts';
import { t0 } from '../../../../../testkit/fakes/fixed.ts';
import { aDelivery, aMessage, aQueuedItem, jobId } from '../../../../set-ups/samples.ts';
import { anInvocation, aWorker } from '../../../../set-ups/worker.ts';

const stripe: StartRate = { key: 'stripe', perSecond: 1, burst: 1 };

/** A worker whose jobs have a limit. */
function limitedWorker(key: WorkLimit['key'] = stripe.key) {
  const worker = aWorker();
  const { deps, clock, store } = worker;
  const { counting } = deps.contracts;
  if (!counting) throw new Error('there is no such type');
  const limited = {
    ...deps,
    contracts: { ...deps.contracts, counting: { ...counting, limits: [{ ...stripe, key }] } },
  };
  const process = (message: JobMessage, invocation = anInvocation(clock)) =>
    processDelivery(aDelivery({ body: writeMessage(message) }), invocation, limited);
  return {
    ...worker,
    rates: deps.startRates,
    process,
    stored: (): JobItem | undefined => store.items.get(jobId),
  };
}

const message = aMessage({ payload: { seconds: 0 } });

describe('a worker of a type with a limit', () => {
  test('starts a job at once that may start, and waits for a start that is near', async () => {
    const { rates, process, stored, clock } = limitedWorker();
    await rates.take(stripe, t0);
    await rates.take(stripe, t0);
    const processed = process(message);
    await clock.advance(1_999);
    expect(stored()?.startedAt).toBeUndefined();
    await clock.advance(1);
    await processed;
    expect(stored()).toMatchObject({ status: 'succeeded', startedAt: t0 + 2_000 });
  });

  test('takes another start if it stood still until long after the first', async () => {
    const { rates, process, stored, clock } = limitedWorker();
    const { take } = rates;
    let takes = 0;
    rates.take = async (rate, now) => {
      takes += 1;
      const start = await take.call(rates, rate, now);
      if (takes === 1) await clock.advance(5_000);
      return start;
    };
    await process(message);
    expect([takes, stored()?.startedAt]).toEqual([2, t0 + 5_000]);
  });

  test.each([
    ['up to when it must start', aQueuedItem(), { startBefore: t0 + 2_000 }, 2_000],
    ['until shortly before its turn', aQueuedItem(), {}, 8_500],
    ['without an item of its own', undefined, {}, 8_500],
  ])('makes a job wait %s', async (_what, item, options, ms) => {
    const { rates, process, stored, store } = limitedWorker();
    for (let others = 1; others <= 10; others += 1) await rates.join(stripe, t0);
    if (item) store.items.set(jobId, item);
    const late = { ...message, options: { ...message.options, ...options } };
    expect(await process(late)).toEqual({
      ...{ kind: 'return', why: 'it waits for its turn', message: late, isWait: true },
      visibleAt: t0 + ms,
    });
    expect(stored()).toMatchObject({
      ...{ status: 'waiting', attempt: 0, notBefore: t0 + ms },
      turn: { of: 'stripe (all tenants)', at: t0 + 10_000, until: t0 + ms },
    });
  });

  test('a job whose turn has come keeps it, although there is no start for it', async () => {
    const { rates, process, stored, store } = limitedWorker();
    for (let others = 1; others <= 10; others += 1) await rates.take(stripe, t0);
    const item = aQueuedItem({
      ...{ status: 'waiting', notBefore: t0, turn: { of: 'stripe', at: t0, until: t0 } },
    });
    store.items.set(jobId, item);
    expect(await process(message)).toMatchObject({ kind: 'return', isWait: true, visibleAt: t0 + 1_500 });
    expect(stored()).toEqual(item);
  });

  test('the delay of a job that has waited for its turn is not that of a queue', async () => {
    const { rates, process, clock, meters } = limitedWorker();
    for (let others = 1; others <= 10; others += 1) await rates.join(stripe, t0);
    await process(message);
    await clock.advance(10_000);
    await process(message);
    expect(meters.sums).toMatchObject({ AttemptsStarted: 1 });
    expect(meters.sums).not.toHaveProperty('StartDelay');
  });

  test('leaves a job that cannot end in the time that is left', async () => {
    const { process, stored, clock, rates } = limitedWorker();
    const invocation = anInvocation(clock, 900_000);
    await clock.advance(888_500);
    expect(await process(message, invocation)).toMatchObject({ why: 'too little time left' });
    expect([stored(), rates.nextStart(stripe, clock.now())]).toEqual([undefined, clock.now()]);
  });

  test('a server that is to stop does not wait for a start', async () => {
    const { process, stored, clock, rates } = limitedWorker();
    await rates.take(stripe, t0);
    const requested = new AbortController();
    const stopping = { requested: requested.signal, drained: new AbortController().signal };
    const processed = process(message, { ...anInvocation(clock), stopping });
    await clock.advance(500);
    requested.abort();
    expect(await processed).toMatchObject({ kind: 'return', why: 'the server stops' });
    expect(stored()).toBeUndefined();
  });

  test('asks for no start if there is no key, or if the payload has none', async () => {
    for (const [key, payload, status] of [
      [() => undefined, { seconds: 0 }, 'succeeded'],
      [({ account }: { account: { id: string } }) => account.id, { seconds: 'x' }, 'failed'],
    ] as const) {
      const { process, stored, rates } = limitedWorker(key as WorkLimit['key']);
      await process(aMessage({ payload }));
      expect(stored()?.status).toBe(status);
      expect(rates.nextStart(stripe, t0)).toBe(t0);
    }
  });

  test.each<[string, WorkLimit['key'], string]>([
    [
      'throws',
      () => {
        throw new Error('no account');
      },
      'The key of the limit could not be made: no account',
    ],
    ['is empty', () => '', 'The key of the limit must have 1 to 100 characters.'],
    ['is too long', () => 'x'.repeat(101), 'The key of the limit must have 1 to 100 characters.'],
  ])('fails a job whose key %s, and counts no attempt', async (_what, key, why) => {
    const { process, stored } = limitedWorker(key);
    expect((await process(message)).kind).toBe('delete');
    expect(stored()).toMatchObject({
      status: 'failed',
      attempt: 0,
      error: { name: 'LimitKeyError', message: why },
    });
  });
});
