import { describe, expect, test } from '@jest/globals';
import type { JobContract } from '../../../../../shared/author/contract.ts';
import {
  JobCanceledError,
  LimitWaitError,
  RetryAfterError,
  StoreUnavailableError,
} from '../../../../../shared/domain/base/errors.ts';
import type { StartRates } from '../../../../../shared/domain/state/limits/start-rate.ts';
import { callAfter, limitParts } from '../../../../../shared/worker/gates/limit-parts.ts';
import { FixedClock, t0 } from '../../../../../testkit/fakes/fixed.ts';
import { inMemoryStartRates } from '../../../../../testkit/fakes/in-memory-start-rates.ts';
import { recordedLog } from '../../../../../testkit/fakes/recorded-log.ts';
import { counting } from '../../../../job-types/counting/contract.ts';

/** A millisecond more than 1 / `perSecond`: a clock of milliseconds may be one behind. */
const distanceMs = 201;
const answerWithinSeconds = 5;
/** What the begin of a call may take, the call, a margin, and the distance. */
const leaseMs = 5_000 + 5_000 + 10_000 + distanceMs;

interface Given {
  readonly startRates?: StartRates;
  readonly id?: string;
}

const clock = () => new FixedClock();

/** A slice of a job that calls a bank, whose clock all share. */
function slice(time: FixedClock, { startRates = inMemoryStartRates(), id = 'a job' }: Given = {}) {
  const controller = new AbortController();
  const bank = { key: 'bank', perSecond: 5, spacing: 'strict', answerWithinSeconds } as const;
  const contract: JobContract = { ...counting, partLimits: { bank } };
  const log = recordedLog();
  const wait = limitParts(
    {
      item: { id, fencingToken: 1, tenant: 'a tenant', turn: undefined },
      message: { payload: { seconds: 7 } },
      contract,
      signal: controller.signal,
      sliceEnd: { isNear: () => false },
    },
    { clock: time, log, startRates },
  );
  const begun: number[] = [];
  const make = <Result>(call: (signal: AbortSignal) => Result | Promise<Result>) =>
    callAfter(wait('bank'), (signal) => {
      begun.push(time.now() - t0);
      return call(signal);
    });
  return { make, begun, startRates, controller, log };
}

const lasting = (time: FixedClock, milliseconds: number) => () => time.sleep(milliseconds);
const errorOf = (call: Promise<unknown>): Promise<unknown> => call.catch((error: unknown) => error);
/** Never answered, but for the signal. */
const unanswered = (signal: AbortSignal) =>
  new Promise<never>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

describe('a strict part', () => {
  test('makes one call at a time, and the next one the distance after the answer', async () => {
    const time = clock();
    const startRates = inMemoryStartRates();
    const [one, other] = [slice(time, { startRates }), slice(time, { startRates, id: 'another job' })];
    const calls = [one.make(lasting(time, 300)), other.make(lasting(time, 300)), one.make(() => 'last')];
    await time.advance(3_000);
    await Promise.all(calls);
    const begun = [...one.begun, ...other.begun].sort((a, b) => a - b);
    expect(begun).toHaveLength(3);
    expect(begun[0]).toBe(0);
    for (const index of [1, 2])
      expect((begun[index] ?? 0) - (begun[index - 1] ?? 0)).toBeGreaterThanOrEqual(300 + distanceMs);
    expect(begun[2]).toBeLessThan(2 * (300 + distanceMs) + 250);
  });

  test('counts from the answer, also from one that is an error', async () => {
    const time = clock();
    const { make, begun } = slice(time);
    const failed = errorOf(
      make(async () => {
        await time.sleep(100);
        throw new Error('404');
      }),
    );
    await time.advance(100);
    expect(await failed).toMatchObject({ message: '404' });
    const next = make(() => 'found');
    await time.advance(distanceMs);
    expect(await next).toBe('found');
    expect(begun).toEqual([0, 100 + distanceMs]);
  });

  test('gives a call up that has no answer in time, and stops the line until its lease ends', async () => {
    const time = clock();
    const { make, startRates } = slice(time);
    const late = errorOf(make(unanswered));
    await time.advance(answerWithinSeconds * 1000);
    expect(await late).toMatchObject({ name: 'TimeoutError', message: 'The call had no answer within 5 s.' });
    expect(startRates.callLine('bank')).toMatchObject({ nextAt: t0 + leaseMs, isBusy: true });
  });

  test.each([
    ['ends with an AbortError', new DOMException('no', 'AbortError')],
    [
      'ends with a time-out below',
      new TypeError('fetch failed', { cause: new DOMException('no', 'TimeoutError') }),
    ],
  ])('stops the line, too, after a call that %s: it may still arrive', async (_what, error) => {
    const time = clock();
    const { make, startRates } = slice(time);
    await errorOf(make(() => Promise.reject(error)));
    expect(startRates.callLine('bank')).toMatchObject({ nextAt: t0 + leaseMs, isBusy: true });
  });

  describe('stops for all jobs', () => {
    const minuteMs = 60_000;

    test.each([
      ['as a RetryAfterError', new RetryAfterError(60)],
      ['at a time', new RetryAfterError(new Date(t0 + minuteMs))],
      ['as the cause of another error', new Error('429', { cause: new RetryAfterError(60) })],
    ])('when a call is told to come later: %s', async (_how, error) => {
      const time = clock();
      const startRates = inMemoryStartRates();
      const told = errorOf(slice(time, { startRates }).make(() => Promise.reject(error)));
      await time.advance(0);
      expect(await told).toBe(error);
      expect(startRates.callLine('bank')).toMatchObject({ nextAt: t0 + minuteMs, isBusy: false });
      const others = ['b', 'c'].map((id) => slice(time, { startRates, id }));
      const ends = await Promise.all(others.map(({ make }) => errorOf(make(() => 'made'))));
      expect(others.map(({ begun }) => begun)).toEqual([[], []]);
      expect(ends.map((end) => end instanceof LimitWaitError && end.turn.at - t0)).toEqual([
        minuteMs,
        minuteMs + distanceMs,
      ]);
    });

    test('for an hour at most: then one call asks again', async () => {
      const time = clock();
      const { make, startRates } = slice(time);
      await errorOf(make(() => Promise.reject(new RetryAfterError(86_400))));
      expect(startRates.callLine('bank').nextAt).toBe(t0 + 60 * minuteMs);
    });

    test('for no less than the distance', async () => {
      const time = clock();
      const { make, startRates } = slice(time);
      await errorOf(make(() => Promise.reject(new RetryAfterError(new Date(t0)))));
      expect(startRates.callLine('bank').nextAt).toBe(t0 + 1_000);
    });

    test('but not for a call that has waited for another limit', async () => {
      const time = clock();
      const { make, startRates } = slice(time);
      const waits = new LimitWaitError(60, { of: 'another', at: t0 + minuteMs });
      await errorOf(make(() => Promise.reject(waits)));
      expect(startRates.callLine('bank').nextAt).toBe(t0 + distanceMs);
    });
  });

  test('ends its call when the job is canceled', async () => {
    const time = clock();
    const { make, startRates, controller } = slice(time);
    const canceled = new JobCanceledError('stop');
    const call = errorOf(make(unanswered));
    await time.advance(100);
    controller.abort(canceled);
    expect(await call).toBe(canceled);
    expect(startRates.callLine('bank').isBusy).toBe(true);
  });

  test('goes on at the end of the lease of who has died in a call, who then ends no other call', async () => {
    const time = clock();
    const startRates = inMemoryStartRates();
    await startRates.beginCall('bank', { id: 'dead', now: t0, heldUntil: t0 + 4_000 });
    const { make, begun } = slice(time, { startRates });
    const next = make(lasting(time, 1_000));
    await time.advance(4_300);
    expect(begun[0]).toBeGreaterThanOrEqual(4_000);
    await startRates.endCall('bank', 'dead', { nextAt: t0, tookMs: 1 });
    expect(startRates.callLine('bank').isBusy).toBe(true);
    await time.advance(2_000);
    await next;
  });

  test('does not make a call whose begin was answered so late that its lease would end too soon', async () => {
    const time = clock();
    const honest = inMemoryStartRates();
    let isFirst = true;
    const startRates: StartRates = {
      ...honest,
      beginCall: async (...args: Parameters<StartRates['beginCall']>) => {
        const hasBegun = await honest.beginCall(...args);
        if (isFirst) await time.sleep(5_000);
        isFirst = false;
        return hasBegun;
      },
    };
    const { make, begun } = slice(time, { startRates });
    const call = make(() => 'made');
    await time.advance(5_000);
    expect(begun).toEqual([]);
    await time.advance(distanceMs);
    expect(await call).toBe('made');
    expect(begun).toEqual([5_000 + distanceMs]);
  });

  test('leaves its worker when many wait, and its turn is as far away as their calls take', async () => {
    const time = clock();
    const startRates = inMemoryStartRates();
    const first = slice(time, { startRates });
    const answered = first.make(lasting(time, 3_000 - distanceMs));
    await time.advance(3_000 - distanceMs);
    await answered;
    const waiting = ['b', 'c', 'd', 'e', 'f', 'g'].map((id) =>
      errorOf(slice(time, { startRates, id }).make(lasting(time, 3_000 - distanceMs))),
    );
    // One has begun; the others have looked for two seconds, and taken a turn each.
    await time.advance(2_500);
    const ends = await Promise.all(waiting.map((one) => Promise.race([one, 'it waits'])));
    const left = ends.filter((end) => end instanceof LimitWaitError);
    expect(left).toHaveLength(2);
    const [sooner = 0, later = 0] = left.map(({ turn }) => turn.at);
    expect(later - sooner).toBe(3_000);
  });

  test('returns what the call returns when its end cannot be stored, and says so', async () => {
    const time = clock();
    const startRates = Object.assign(inMemoryStartRates(), {
      endCall: () => Promise.reject(new StoreUnavailableError('no')),
    });
    const { make, log } = slice(time, { startRates });
    expect(await make(() => 'found')).toBe('found');
    expect(log.lines).toMatchObject([{ message: 'the end of a strict call was not stored' }]);
  });
});
