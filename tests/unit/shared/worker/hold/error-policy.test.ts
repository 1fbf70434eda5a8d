import { describe, expect, test } from '@jest/globals';
import type { JobContext } from '../../../../../shared/author/handler.ts';
import { backoffMs } from '../../../../../shared/delivery/disposition.ts';
import {
  asError,
  InvalidPayloadError,
  InvalidResultError,
  JobCanceledError,
  JobTimeoutError,
  PermanentError,
  QueueUnavailableError,
  RetryAfterError,
  SecretServiceError,
  SecretUnavailableError,
  StoreUnavailableError,
  UnknownJobTypeError,
  UnlistedContractError,
} from '../../../../../shared/domain/base/errors.ts';
import { ObjectsUnavailableError } from '../../../../../shared/domain/objects/object-errors.ts';
import { SchedulesUnavailableError } from '../../../../../shared/domain/schedules/schedule-errors.ts';
import type { JobItem } from '../../../../../shared/domain/state/job/item.ts';
import { writeMessage } from '../../../../../shared/domain/state/job/message.ts';
import { untilStored } from '../../../../../shared/worker/gates/writes-for-ending.ts';
import { endingAfter, Interruption } from '../../../../../shared/worker/hold/error-policy.ts';
import { FixedClock, t0 } from '../../../../../testkit/fakes/fixed.ts';
import { aDelivery, aMessage, aQueuedItem, dayMs, jobId } from '../../../../set-ups/samples.ts';
import { spiedWorker } from '../../../../set-ups/worker.ts';

class NotFoundAnywhereError extends PermanentError {
  override name = 'NotFoundAnywhereError';
}

const first = { attempt: 1, maxAttempts: 3 };
const last = { attempt: 3, maxAttempts: 3 };
const withGetter = (key: string) =>
  Object.defineProperty(new PermanentError('x'), key, {
    get: () => {
      throw new Error('no');
    },
  });
const almostOne = 1 - Number.EPSILON;

/** The ending of an attempt that saved nothing. */
const endingOf = (
  error: Error,
  item: Parameters<typeof endingAfter>[1]['item'],
  random: number,
  retry?: Parameters<typeof endingAfter>[1]['retry'],
): ReturnType<typeof endingAfter> =>
  endingAfter(error, { item, retry, now: t0, hasProgressed: false, random });

describe('endingAfter', () => {
  test.each([
    ['Error', new Error('no')],
    ['TypeError', new TypeError('no')],
    ['JobTimeoutError', new JobTimeoutError('no')],
    ['UnknownJobTypeError', new UnknownJobTypeError('no')],
  ])(
    'allows another attempt after an error of class %s, and fails the job after the last attempt',
    (name, thrown) => {
      const error = { name, message: 'no' };
      expect(endingOf(thrown, first, 0.5)).toEqual({ kind: 'retrying', error, delayMs: 1_000 });
      expect(endingOf(thrown, { attempt: 2, maxAttempts: 3 }, 0.5)).toMatchObject({ kind: 'retrying' });
      expect(endingOf(thrown, last, 0.5)).toEqual({ kind: 'failed', error });
    },
  );

  test.each([
    ['PermanentError', new PermanentError('no')],
    ['InvalidPayloadError', new InvalidPayloadError('no')],
    ['InvalidResultError', new InvalidResultError('no')],
    ['NotFoundAnywhereError', new NotFoundAnywhereError('no')],
  ])('fails the job at once after an error of class %s', (name, thrown) => {
    expect(endingOf(thrown, first, 0)).toEqual({ kind: 'failed', error: { name, message: 'no' } });
  });

  test('puts the job off while the bucket is out of reach: no attempt is used, and the waits grow to a quarter of an hour', () => {
    const endingAt = (waitedMs?: number) =>
      endingOf(new ObjectsUnavailableError('no'), waitedMs === undefined ? last : { ...last, waitedMs }, 0);
    const day = 24 * 3_600_000;
    expect(endingAt()).toMatchObject({ kind: 'retrying', delayMs: 60_000, waitedMs: 60_000 });
    expect(endingAt(60_000)).toMatchObject({ delayMs: 60_000, waitedMs: 120_000 });
    expect(endingAt(300_000)).toMatchObject({ delayMs: 300_000, waitedMs: 600_000 });
    expect(endingAt(day)).toMatchObject({ delayMs: 900_000, waitedMs: day + 900_000 });
    expect(endingAt(7 * day)).toMatchObject({ kind: 'failed' });
  });

  const outage = new StoreUnavailableError('no');
  test.each([
    ['the table', outage],
    ['a queue', new QueueUnavailableError('no')],
    ['Scheduler', new SchedulesUnavailableError('no')],
    ['a service that keeps secrets', new SecretServiceError('no')],
    ['a contract in the catalog of this build', new UnlistedContractError('no')],
    [
      'the table, as a handler wraps it',
      new Error('not saved', { cause: new Error('why', { cause: outage }) }),
    ],
  ])('puts the job off while it cannot reach %s, also in its only attempt', (_what, error) => {
    const { message } = error;
    expect(endingOf(error, { attempt: 1, maxAttempts: 1 }, 0)).toMatchObject({
      kind: 'retrying',
      error: { message },
      delayMs: 60_000,
      waitedMs: 60_000,
    });
  });

  test.each([
    ['a PermanentError with that cause', new PermanentError('no', { cause: outage })],
    ['a secret that there is none of', new SecretUnavailableError('no')],
    [
      'a cause that nobody can read',
      Object.defineProperty(new Error('no'), 'cause', {
        get: () => {
          throw outage;
        },
      }),
    ],
  ])('uses an attempt for %s', (_what, error) => {
    expect(endingOf(error, last, 0)).toMatchObject({ kind: 'failed' });
  });

  test('fails the job after its only attempt', () => {
    expect(endingOf(new Error('no'), { attempt: 1, maxAttempts: 1 }, 0)).toMatchObject({
      kind: 'failed',
    });
  });

  test('cancels the job after a JobCanceledError, whether there are attempts left or not', () => {
    for (const attempts of [first, last])
      expect(endingOf(new JobCanceledError('no'), attempts, 0)).toEqual({ kind: 'canceled' });
  });

  test.each([
    [
      'a message that is not a string',
      Object.assign(new PermanentError('x'), { message: { code: 7 } }),
      '{"code":7}',
    ],
    [
      'a message that is undefined',
      Object.assign(new PermanentError('x'), { message: undefined }),
      'undefined',
    ],
    ['a name that is not a string', Object.assign(new PermanentError('x'), { name: 7 }), 'x'],
    ['a message whose getter throws', withGetter('message'), expect.any(String)],
    [
      'a name that is an object without a prototype',
      Object.assign(new PermanentError('x'), { name: Object.create(null) }),
      'x',
    ],
    ['a name that is a symbol', Object.assign(new PermanentError('x'), { name: Symbol('s') }), 'x'],
  ])('fails the job after a PermanentError with %s', (_what, thrown, message) => {
    expect(endingOf(thrown, first, 0)).toEqual({
      kind: 'failed',
      error: { name: expect.any(String), message },
    });
  });

  test('replaces half a character at the end of a message that it cuts', () => {
    const ending = endingOf(new Error(`${'x'.repeat(1_999)}😀`), last, 0);
    expect(ending).toMatchObject({ error: { message: `${'x'.repeat(1_999)}\uFFFD` } });
  });

  test('cuts the message of the error after 2,000 characters', () => {
    const ending = endingOf(new Error('x'.repeat(100_000)), last, 0);
    expect(ending).toMatchObject({ error: { message: 'x'.repeat(2_000) } });
  });
});

const week = 7 * dayMs;

describe('a RetryAfterError', () => {
  const error = { name: 'RetryAfterError', message: 'busy' };
  const endingWith = (after: number | Date, waitedMs?: number) =>
    endingOf(new RetryAfterError(after, 'busy'), waitedMs === undefined ? last : { ...last, waitedMs }, 0.5);

  test.each([
    ['seconds', 90, 90_000],
    ['a part of a second', 1.0001, 1_001],
    ['a time', new Date(t0 + 90_000), 90_000],
    ['0, which means at once', 0, 1_000],
    ['a time that is past, which means at once', new Date(t0 - 1), 1_000],
    ['all that a run may wait', new Date(t0 + week), week],
  ])('leads to another attempt after exactly that, even in the last one: %s', (_what, after, delayMs) => {
    expect(endingWith(after)).toEqual({ kind: 'retrying', error, delayMs, waitedMs: delayMs });
  });

  test('adds up what the run waits', () => {
    expect(endingWith(90, 5_000)).toMatchObject({ delayMs: 90_000, waitedMs: 95_000 });
    expect(endingWith(0, week - 1_000)).toMatchObject({ waitedMs: week });
  });

  test.each([
    ['one wait', new Date(t0 + week + 1), undefined],
    ['all waits together', 0, week - 999],
  ])(
    'fails the job, although attempts are left, if %s would be longer than seven days',
    (_what, after, waited) => {
      const why = 'busy: with that wait, the run would have waited for more than 7 days';
      const ending = endingOf(new RetryAfterError(after, 'busy'), { ...first, waitedMs: waited }, 0);
      expect(ending).toEqual({ kind: 'failed', error: { ...error, message: why } });
    },
  );
});

describe('an interruption', () => {
  const attempt = { ...first, attempt: 3, maxAttempts: 3 };

  test('returns the job to the queue, even from its last attempt', () => {
    expect(endingOf(new Interruption(), attempt, 0)).toEqual({ kind: 'interrupted' });
    expect(endingOf(new Interruption(), { ...attempt, interruptions: 8 }, 0)).toEqual({
      kind: 'interrupted',
    });
  });

  test('fails the job that was interrupted ten times in a row without getting further', () => {
    expect(endingOf(new Interruption(), { ...attempt, interruptions: 9 }, 0)).toMatchObject({
      kind: 'failed',
      error: { name: 'InterruptedError' },
    });
  });

  test('hands over a job that has saved a new state, however often it was interrupted before', () => {
    const item = { ...attempt, interruptions: 9 };
    const ended = { item, retry: undefined, now: t0, hasProgressed: true, random: 0 };
    expect(endingAfter(new Interruption(), ended)).toEqual({ kind: 'handedOver' });
  });
});

describe('the backoff', () => {
  test.each([
    [1, 2_000],
    [2, 4_000],
    [3, 8_000],
    [8, 256_000],
    [9, 512_000],
    [10, 900_000],
    [11, 900_000],
    [100, 900_000],
    [5_000, 900_000],
  ])('after attempt %d is between 0 and %d ms', (attempt, bound) => {
    expect(backoffMs(attempt, 0)).toBe(0);
    expect(backoffMs(attempt, 0.25)).toBe(bound / 4);
    expect(backoffMs(attempt, almostOne)).toBeLessThanOrEqual(bound);
    expect(backoffMs(attempt, almostOne)).toBeGreaterThanOrEqual(bound - 1);
  });

  test('grows as the type wants', () => {
    const retry = { firstSeconds: 30, factor: 3, maxSeconds: 3_600 };
    const delays = [1, 2, 3, 4, 5, 6, 100].map((tries) => backoffMs(tries, almostOne, retry));
    expect(delays).toEqual([30, 90, 270, 810, 2_430, 3_600, 3_600].map((seconds) => seconds * 1_000));
    const attempts = { attempt: 2, maxAttempts: 9 };
    expect(endingOf(new Error('no'), attempts, 0.5, retry)).toMatchObject({ delayMs: 45_000 });
  });

  test('depends on the number of the attempt', () => {
    const attempts = { attempt: 4, maxAttempts: 9 };
    expect(endingOf(new Error('no'), attempts, 0.5)).toMatchObject({ delayMs: 8_000 });
  });
});

const traceparent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;

/** The lines of a job that says `works`, and then fails. */
async function linesOf(over: Parameters<typeof aMessage>[0] = {}, item: Partial<JobItem> = { attempt: 1 }) {
  const { process, store, log } = spiedWorker({
    counting: async (_payload, { log: own }: Pick<JobContext, 'log'>) => {
      own.info('works', { percent: 5 });
      throw new Error('no');
    },
  });
  store.items.set(jobId, aQueuedItem(item));
  await process(aDelivery({ body: writeMessage(aMessage(over)) }));
  return log.lines;
}

describe('attempt log', () => {
  describe('the log of an attempt', () => {
    const fields = {
      jobId,
      type: 'counting',
      tenant: aMessage().tenant,
      queue: 'standard',
      run: 1,
      attempt: 2,
      slice: 1,
      place: 'function',
      messageId: 'message-1',
      requestId: 'request-1',
    };

    test('says how the attempt ended, what the job is then, and when it goes on', async () => {
      const { fields: ended } = (await linesOf()).at(-1) ?? {};
      expect(ended).toEqual({
        ...fields,
        outcome: 'retrying',
        errorName: 'Error',
        last: false,
        status: 'queued',
        notBefore: expect.any(Number),
        durationMs: 0,
        mbMs: 0,
        functionVersion: '1',
      });
    });

    test('says where the job comes from, and for how long it could have started', async () => {
      const { fields: first } = (await linesOf({ submittedAt: t0 - 1_500 }, { attempt: 0 }))[0] ?? {};
      expect(first).toMatchObject({ attempt: 1, queue: 'standard', startDelayMs: 1_500 });
      // It has started before: it failed, or was put off, which counts no attempt. Or it was paused.
      const started = { event: 'started', at: t0 - 9 } as const;
      const before = [
        { attempt: 1, history: [started, { event: 'retrying', at: t0 - 8, attempt: 1 }] },
        { attempt: 0, history: [started, { event: 'put-off', at: t0 - 8, attempt: 0 }] },
        { attempt: 0, paused: { by: 'stage', since: t0 - 8, at: t0 - 8 } },
      ] satisfies Partial<JobItem>[];
      for (const item of before)
        expect((await linesOf({}, item))[0]?.fields).not.toHaveProperty('startDelayMs');
    });

    test('says in each line of the handler, and of its failure, which attempt of which job it is', async () => {
      const lines = await linesOf();
      expect(lines.find(({ message }) => message === 'works')?.fields).toEqual({ ...fields, percent: 5 });
      expect(lines.find(({ message }) => message === 'attempt failed')?.fields).toEqual({
        ...fields,
        error: new Error('no'),
      });
    });

    test('says in each line which trace the submission was part of', async () => {
      const lines = await linesOf({ traceparent });
      expect(lines.map(({ message }) => message)).toEqual([
        'attempt started',
        'works',
        'attempt failed',
        'attempt ended',
      ]);
      for (const line of lines) expect(line.fields).toMatchObject({ ...fields, traceparent });
    });
  });

  test('a handler knows the tenant and the time of the submission', async () => {
    const seen: unknown[] = [];
    const { process } = spiedWorker({
      counting: async (payload, { tenant, submittedAt }) => {
        seen.push({ tenant, submittedAt });
        return payload;
      },
    });
    await process();
    const { tenant, submittedAt } = aMessage();
    expect(seen).toEqual([{ tenant, submittedAt }]);
  });
});

describe('the write by which an attempt ends', () => {
  const refused = (name: string) =>
    new StoreUnavailableError('no', {
      cause: Object.assign(new Error('no'), { name, $metadata: { httpStatusCode: 400 } }),
    });

  test.each([
    ['ProvisionedThroughputExceededException', 8],
    // Another worker, and the next attempt, are told at once.
    ['ValidationException', 1],
  ])('is made again as long as that may help: %s', async (name, expected) => {
    const clock = new FixedClock();
    let writes = 0;
    const write = async () => {
      writes += 1;
      throw refused(name);
    };
    const storing = untilStored(write, { giveUpAt: clock.now() + 40_000, clock }).catch(asError);
    await clock.advance(60_000);
    expect(await storing).toBeInstanceOf(StoreUnavailableError);
    expect(writes).toBe(expected);
  });
});
