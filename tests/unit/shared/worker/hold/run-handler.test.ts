import { describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { defineJob } from '../../../../../shared/author/contract.ts';
import { SecretValues } from '../../../../../shared/author/secret-values.ts';
import {
  InvalidPayloadError,
  InvalidResultError,
  JobCanceledError,
  JobTimeoutError,
  LeaseLostError,
  PermanentError,
  StoreUnavailableError,
  UnknownJobTypeError,
} from '../../../../../shared/domain/base/errors.ts';
import { ObjectsUnavailableError } from '../../../../../shared/domain/objects/object-errors.ts';
import { processDelivery } from '../../../../../shared/worker/attempt/process-delivery.ts';
import { type Ending, HandOver, Interruption } from '../../../../../shared/worker/hold/error-policy.ts';
import { runHandler } from '../../../../../shared/worker/hold/run-handler.ts';
import { type Ran, runOnce, type Steps } from '../../../../../shared/worker/hold/run-once.ts';
import { RunningTime } from '../../../../../shared/worker/hold/running-time.ts';
import { FixedClock, t0 } from '../../../../../testkit/fakes/fixed.ts';
import { recordedLog } from '../../../../../testkit/fakes/recorded-log.ts';
import { contracts } from '../../../../job-types/contracts.ts';
import { type AllHandlers, handlers } from '../../../../set-ups/handlers.ts';
import { aJobContext } from '../../../../set-ups/job-context.ts';
import { aDelivery, aLease, aRunningItem, jobId } from '../../../../set-ups/samples.ts';
import { anInvocation, aWorker } from '../../../../set-ups/worker.ts';

const payload = { seconds: 3 };

async function run(
  over: Partial<AllHandlers>,
  { type = 'counting', payload: given = payload as unknown } = {},
): Promise<string | undefined> {
  const controller = new AbortController();
  const stored = await runHandler(
    {
      type,
      payload: given,
      context: async () => aJobContext(),
      store: async (result) => ({ result }),
      controller,
      secrets: new SecretValues(),
      timeLeftMs: 50_000,
    },
    { contracts, handlers: { ...handlers, ...over }, clock: new FixedClock() },
  );
  return stored.result;
}

const circle: { self?: unknown } = {};
circle.self = circle;
const anything = defineJob({
  ...{ payload: z.strictObject({}), result: z.unknown(), timeoutSeconds: 30, maxAttempts: 3 },
});

describe('runHandler', () => {
  test('passes the payload and the context to the handler, and returns the result as JSON text', async () => {
    const seen: unknown[] = [];
    const result = await run({
      counting: ({ seconds }, { id, attempt }) => {
        seen.push(seconds, id, attempt);
        return { seconds };
      },
    });
    expect(result).toBe('{"seconds":3}');
    expect(seen).toEqual([3, jobId, 1]);
  });

  test.each([
    ['has a value of another type', { seconds: 'three' }],
    ['has an unknown key', { seconds: 3, more: 1 }],
    ['is null', null],
  ])(
    'does not start the handler if the payload %s, and so does not fit the contract',
    async (_what, given) => {
      let started = false;
      const counting = () => {
        started = true;
        return { seconds: 1 };
      };
      await expect(run({ counting }, { payload: given })).rejects.toThrow(InvalidPayloadError);
      expect(started).toBe(false);
    },
  );

  test('rejects an unknown type with an error that allows another attempt', async () => {
    const ended = await run({}, { type: 'unknown-type' }).catch((error: unknown) => error);
    expect(ended).toBeInstanceOf(UnknownJobTypeError);
    expect(ended).not.toBeInstanceOf(PermanentError);
    expect(String(ended)).toContain('"unknown-type"');
  });

  test.each(['toString', 'constructor', '__proto__', 'hasOwnProperty'])(
    'knows no type "%s"',
    async (type) => {
      await expect(run({}, { type })).rejects.toThrow(UnknownJobTypeError);
    },
  );

  test.each([
    ['a bigint', { count: 7n }],
    ['a circle', circle],
  ])(
    'rejects a result that JSON cannot have, which no further attempt would mend: %s',
    async (_what, result) => {
      const running = runHandler(
        {
          ...{ type: 'anything', payload: {}, controller: new AbortController(), timeLeftMs: 50_000 },
          context: async () => aJobContext(),
          store: async (text) => ({ result: text }),
          secrets: new SecretValues(),
        },
        { contracts: { anything }, handlers: { anything: async () => result }, clock: new FixedClock() },
      );
      await expect(running).rejects.toThrow(InvalidResultError);
      await expect(running).rejects.toThrow('the result does not fit the contract');
    },
  );

  test('rejects a result that does not fit the contract', async () => {
    const running = run({ counting: () => ({ seconds: 1.5 }) });
    await expect(running).rejects.toThrow(InvalidResultError);
    await expect(running).rejects.toThrow('the result does not fit the contract');
  });

  test.each([
    ['an Error', new RangeError('no'), new RangeError('no')],
    ['a string', 'just text', new Error('a value that is not an Error was thrown: just text')],
    ['an object', { code: 7 }, new Error('a value that is not an Error was thrown: {"code":7}')],
    ['undefined', undefined, new Error('a value that is not an Error was thrown: undefined')],
    [
      'a value that JSON cannot represent',
      7n,
      new Error('a value that is not an Error was thrown: [object BigInt]'),
    ],
  ])('rejects with an Error if the handler throws %s', async (_what, thrown, expected) => {
    const throwing = () => {
      throw thrown;
    };
    await expect(run({ counting: throwing })).rejects.toEqual(expected);
    await expect(run({ counting: () => Promise.reject(thrown) })).rejects.toEqual(expected);
  });
});

const timeoutMs = 45_000;
const graceMs = 2_000;

/** Starts a job. `ended` gets its result or its error when it ends. */
function start(
  handlerOn: (clock: FixedClock) => AllHandlers['counting'],
  timeLeftMs = timeoutMs,
  found: (clock: FixedClock) => Promise<void> = async () => {},
  storeMs = 0,
) {
  const clock = new FixedClock();
  const controller = new AbortController();
  const ended: { with?: unknown } = {};
  const context = async () => {
    await found(clock);
    return aJobContext({ signal: controller.signal });
  };
  runHandler(
    {
      type: 'counting',
      payload: { seconds: 1 },
      context,
      store: async (result) => {
        if (storeMs > 0) await clock.sleep(storeMs);
        return { result };
      },
      controller,
      secrets: new SecretValues(),
      timeLeftMs,
    },
    { contracts, handlers: { ...handlers, counting: handlerOn(clock) }, clock },
  ).then(
    ({ result }) => Object.assign(ended, { with: result }),
    (error: unknown) => Object.assign(ended, { with: error }),
  );
  return { clock, controller, ended };
}

const endless = (): AllHandlers['counting'] => () => new Promise(() => {});

/** A handler that ends `afterMs` after its signal was aborted. */
const finishing =
  (afterMs: number, end: () => { seconds: number }) =>
  (clock: FixedClock): AllHandlers['counting'] =>
  async (_payload, { signal }) => {
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    await clock.sleep(afterMs);
    return end();
  };
const resultOfNine = () => ({ seconds: 9 });

describe('run handler abort', () => {
  describe('runHandler, for a handler that does not end,', () => {
    test('aborts the signal at the timeout, and rejects when the grace period is over', async () => {
      const { clock, controller, ended } = start(endless);
      await clock.advance(timeoutMs - 1);
      expect(controller.signal.aborted).toBe(false);
      await clock.advance(1);
      expect(controller.signal.reason).toEqual(new JobTimeoutError('not done after 45 s'));
      await clock.advance(graceMs - 1);
      expect(ended).toEqual({});
      await clock.advance(1);
      expect(ended.with).toBeInstanceOf(JobTimeoutError);
    });

    test('counts the time in which its state is found, which may be a copy of 5 GB', async () => {
      const { clock, controller, ended } = start(endless, timeoutMs, (toWait) => toWait.sleep(40_000));
      await clock.advance(timeoutMs);
      expect(controller.signal.reason).toBeInstanceOf(JobTimeoutError);
      await clock.advance(graceMs);
      expect(ended.with).toBeInstanceOf(JobTimeoutError);
    });

    test('does not wait for its state when it is canceled', async () => {
      const { clock, controller, ended } = start(endless, timeoutMs, (toWait) => toWait.sleep(40_000));
      controller.abort(new JobCanceledError('stop'));
      await clock.advance(graceMs);
      expect(ended.with).toBeInstanceOf(JobCanceledError);
    });

    test.each([
      ['JobCanceledError', new JobCanceledError('stop')],
      ['LeaseLostError', new LeaseLostError('lost')],
    ])('rejects with the reason of an abort, a %s, when the grace period is over', async (_name, reason) => {
      const { clock, controller, ended } = start(endless);
      await clock.advance(5_000);
      controller.abort(reason);
      await clock.advance(graceMs - 1);
      expect(ended).toEqual({});
      await clock.advance(1);
      expect(ended.with).toBe(reason);
    });
  });

  describe('runHandler, for a handler that ends within the grace period,', () => {
    test('returns the result after a timeout', async () => {
      const { clock, ended } = start(finishing(graceMs - 1, resultOfNine));
      await clock.advance(timeoutMs + graceMs);
      expect(ended.with).toBe('{"seconds":9}');
    });

    test.each([
      ['JobCanceledError', new JobCanceledError('stop')],
      ['LeaseLostError', new LeaseLostError('lost')],
      ['HandOver', new HandOver()],
    ])(
      'rejects with the reason of an abort, a %s, instead of returning the result',
      async (_name, reason) => {
        const { clock, controller, ended } = start(finishing(graceMs - 1, resultOfNine));
        await clock.advance(5_000);
        controller.abort(reason);
        await clock.advance(graceMs);
        expect(ended.with).toBe(reason);
      },
    );

    test.each([
      ['Error', new Error('of the handler')],
      ['PermanentError', new PermanentError('of the handler')],
    ])('rejects with the reason of an abort instead of the %s of the handler', async (_name, error) => {
      const throwing = () => {
        throw error;
      };
      const { clock, controller, ended } = start(finishing(1, throwing));
      await clock.advance(5_000);
      const reason = new JobCanceledError('stop');
      controller.abort(reason);
      await clock.advance(graceMs);
      expect(ended.with).toBe(reason);
    });
  });

  describe('runHandler, if the abort comes while the result is stored,', () => {
    /** The handler has ended at once. */
    const storing = async (storeMs: number, reason: Error) => {
      const { clock, controller, ended } = start(
        () => resultOfNine,
        timeoutMs,
        async () => {},
        storeMs,
      );
      await clock.advance(1_000);
      controller.abort(reason);
      await clock.advance(graceMs);
      return ended.with;
    };

    test.each([
      ['Interruption', new Interruption()],
      ['HandOver', new HandOver()],
      ['JobTimeoutError', new JobTimeoutError('late')],
    ])('returns a result that is stored within the grace period after a %s', async (_name, reason) => {
      expect(await storing(2_900, reason)).toBe('{"seconds":9}');
      expect(await storing(3_100, reason)).toBe(reason);
    });

    test.each([
      ['JobCanceledError', new JobCanceledError('stop')],
      ['LeaseLostError', new LeaseLostError('lost')],
    ])('rejects with the reason of an abort, a %s', async (_name, reason) => {
      expect(await storing(2_900, reason)).toBe(reason);
    });
  });

  test('runHandler does not abort the signal after the handler has ended in time', async () => {
    const { clock, controller, ended } = start(() => resultOfNine);
    await clock.advance(10 * timeoutMs);
    expect(ended.with).toBe('{"seconds":9}');
    expect(controller.signal.aborted).toBe(false);
  });
});

const lease = aLease(aRunningItem());
const error = { name: 'Error', message: 'no' };

/** Runs steps that do nothing but record that they were taken. */
function once(ending: Ending, over: Partial<Steps> = {}) {
  const taken: string[] = [];
  const ran: Ran = {
    ending,
    report: {},
    leaseUntil: t0,
    mbMs: 0,
    sweep: async () => {},
    reporter: { log: recordedLog(), started() {}, ended() {} },
    runningTime: new RunningTime(lease.item, { clock: new FixedClock() }),
  };
  const steps: Steps = {
    claim: async () => {
      taken.push('claim');
      return { kind: 'claimed', lease };
    },
    run: async () => {
      taken.push('run');
      return ran;
    },
    settle: async () => {
      taken.push('settle');
      return { kind: 'returned', why: ending.kind, visibleAt: t0 };
    },
    ...over,
  };
  return { taken, end: runOnce(jobId, steps, anInvocation(new FixedClock()).idempotency) };
}

const endings: readonly Ending[] = [
  { kind: 'succeeded', result: '1' },
  { kind: 'failed', error },
  { kind: 'canceled' },
  { kind: 'retrying', error, delayMs: 5 },
  { kind: 'handedOver' },
  { kind: 'asleep', sleepMs: 5 },
  { kind: 'lost', why: 'it was lost' },
];

describe('runOnce', () => {
  test.each(endings)(
    'claims, runs and settles, each once, and returns what settle returned: $kind',
    async (ending) => {
      const { taken, end } = once(ending);
      expect(await end).toEqual({ kind: 'returned', why: ending.kind, visibleAt: t0 });
      expect(taken).toEqual(['claim', 'run', 'settle']);
    },
  );

  test('neither runs nor settles what could not be claimed', async () => {
    const refused = { kind: 'notClaimable', state: { kind: 'leased', until: t0 } } as const;
    const { taken, end } = once({ kind: 'canceled' }, { claim: async () => refused });
    expect(await end).toEqual(refused);
    expect(taken).toEqual([]);
  });

  test('neither runs nor settles if the claim throws', async () => {
    const { taken, end } = once(
      { kind: 'canceled' },
      { claim: () => Promise.reject(new StoreUnavailableError('no')) },
    );
    await expect(end).rejects.toThrow(StoreUnavailableError);
    expect(taken).toEqual([]);
  });

  test('runs nothing if Powertools is switched off, because nothing was claimed', async () => {
    process.env.POWERTOOLS_IDEMPOTENCY_DISABLED = 'true';
    try {
      const { taken, end } = once({ kind: 'succeeded', result: '1' });
      await expect(end).rejects.toThrow(LeaseLostError);
      expect(taken).toEqual([]);
    } finally {
      delete process.env.POWERTOOLS_IDEMPOTENCY_DISABLED;
    }
  });
});

describe('late calls', () => {
  test('code that a handler leaves running saves no state of an output that is being stored', async () => {
    const { deps, objects, clock, store } = aWorker();
    const counting: AllHandlers['counting'] = async (_payload, job) => {
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
      handlers: { ...handlers, counting },
    });
    await clock.advance(7_000);
    await processing;
    // The next attempt would find a state whose output has lost its last bytes.
    expect(store.items.get(jobId)?.status).toBe('queued');
    expect(store.items.get(jobId)).not.toHaveProperty('output');
  });
});
