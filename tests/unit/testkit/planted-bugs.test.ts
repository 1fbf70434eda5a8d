import { describe, expect, it } from '@jest/globals';
import * as z from 'zod/mini';
import { defineJob } from '../../../shared/author/contract.ts';
import type { JobHandler } from '../../../shared/author/handler.ts';
import { cutEverywhere } from '../../../testkit/cut-everywhere.ts';
import { anyNumber, keyedBy, once } from '../../../testkit/effects.ts';
import type { FindingKind } from '../../../testkit/findings.ts';
import { JobTestError } from '../../../testkit/report.ts';
import * as bugs from './planted-bugs.ts';
import { addUp as contract, payload } from './sample-contract.ts';

const booking = {
  effects: () => ({ book: once(async (_request: { at: number; signal: AbortSignal }) => {}) }),
};
const bookingWithoutKey = {
  effects: () => ({
    book: keyedBy(
      ({ key }: { at: number; signal: AbortSignal; key?: string }) => key,
      async () => {},
    ),
  }),
};
const appending = {
  effects: () => ({
    append: keyedBy(
      ({ key }: { key: string; amount: number }) => key,
      async () => {},
    ),
  }),
};

/** Each bug, and what it must be called. */
const planted: readonly (readonly [FindingKind, () => Promise<unknown>])[] = [
  [
    'effect repeated',
    () => cutEverywhere({ contract, handlerWith: bugs.effectBeforeCheckpoint }, payload, booking),
  ],
  [
    'effect repeated',
    () => cutEverywhere({ contract, handlerWith: bugs.effectBeforeCheckpoint }, payload, bookingWithoutKey),
  ],
  [
    'state changed after it was saved',
    () => cutEverywhere({ contract, handler: bugs.mutatedState }, payload),
  ],
  ['time read', () => cutEverywhere({ contract, handler: bugs.timeRead }, payload)],
  ['forgotten await', () => cutEverywhere({ contract, handler: bugs.forgottenAwait }, payload)],
  ['progress backwards', () => cutEverywhere({ contract, handler: bugs.progressBackwards }, payload)],
  [
    'effect not idempotent',
    () => cutEverywhere({ contract, handlerWith: bugs.appendTwice }, payload, appending),
  ],
  ['swallowed signal', () => cutEverywhere({ contract, handler: bugs.swallowedSignal }, payload)],
  ['state that does not fit its schema', () => cutEverywhere(bugs.rejectedState, payload)],
  ['module state or randomness', () => cutEverywhere({ contract, handler: bugs.moduleState }, payload)],
  ['result depends on attempts', () => cutEverywhere({ contract, handler: bugs.dependsOnAttempts }, payload)],
];

describe('a job with a planted bug', () => {
  it.each(planted)('is found: %s', async (kind, test) => {
    const error = await test().then(
      () => undefined,
      (thrown: JobTestError) => thrown,
    );
    expect(error?.kinds).toEqual([kind]);
  });
});

describe('a report', () => {
  it('begins with the error of the job, before what the job has not done in other cuts', () => {
    const failures = (['wrong result', 'effect missing', 'wrong end', 'time read'] as const).map((kind) => ({
      ...{ calls: [], trace: [] },
      findings: [{ kind, detail: kind === 'wrong end' ? 'failed, Error: no such row' : 'another one' }],
    }));
    const { kinds } = new JobTestError({ name: 'import', failures, runs: 9, command: 'npm run jest' });
    expect(kinds).toEqual(['time read', 'wrong end', 'effect missing', 'wrong result']);
  });
});

type Handler = JobHandler<typeof contract>;

/** A type that saves anything. */
const loose = defineJob({
  ...contract,
  queue: 'long',
  result: z.unknown(),
  checkpoint: z.object({ value: z.any() }),
});
/** Saves one value, and ends. */
const saving =
  (value: () => unknown): JobHandler<typeof loose> =>
  async (_payload, job) => {
    await job.checkpoint({ value: value() });
    return null;
  };

const kindsOf = (test: Promise<unknown>): Promise<readonly FindingKind[]> =>
  test.then(
    () => [],
    (error: JobTestError) => error.kinds,
  );
const kindsIn = (handler: Handler) => kindsOf(cutEverywhere({ contract, handler }, payload));
const kindsSaving = (value: () => unknown) =>
  kindsOf(cutEverywhere({ contract: loose, handler: saving(value) }, payload));

describe('a state', () => {
  it.each<[string, () => unknown]>([
    ['a Date', () => new Date(0)],
    ['a Map', () => new Map([[1, 2]])],
    ['a Set', () => new Set([1])],
    ['NaN', () => Number.NaN],
    ['a bigint', () => 1n],
    ['a value that is deep inside', () => ({ list: [{ at: new Date(0) }] })],
    [
      'an instance of a class',
      () =>
        new (class Point {
          x = 1;
        })(),
    ],
  ])('that JSON changes is found: %s', async (_name, value) => {
    expect((await kindsSaving(value))[0]).toBe('state that JSON changes');
  });

  it('that its schema cuts down is found', async () => {
    const handler: JobHandler<typeof loose> = async (_payload, job) => {
      const state = { value: 1, forgotten: 2 };
      await job.checkpoint(state);
      return null;
    };
    const kinds = await kindsOf(cutEverywhere({ contract: loose, handler }, payload));
    expect(kinds).toEqual(['state that JSON changes']);
  });

  it('over 8 MB is found', async () => {
    expect(await kindsSaving(() => 'x'.repeat(8 * 1024 * 1024))).toEqual(['state too large']);
  });

  it('that is changed while it is saved is found', async () => {
    const handler: Handler = async ({ numbers }, job) => {
      const state = { next: 0, total: 0 };
      const saving = job.checkpoint(state);
      state.total = 7;
      await saving;
      return { total: numbers.length };
    };
    expect(await kindsIn(handler)).toEqual(['state changed while it was saved']);
  });

  it('that lacks what the rest of the job needs is found', async () => {
    const handler: Handler = async ({ numbers }, job) => {
      let total = 0;
      for (let next = job.resume?.next ?? 0; next < numbers.length; next += 1) {
        await job.checkpoint({ next, total: 0 });
        total += numbers[next] ?? 0;
      }
      return { total };
    };
    expect(await kindsIn(handler)).toEqual(['wrong result']);
  });
});

describe('an effect', () => {
  const sendAt = () => ({ send: once(async (_request: { at: number; signal?: AbortSignal }) => {}) });
  type Send = { send: (request: { at: number; signal?: AbortSignal }) => Promise<void> };
  const kindsWith = (handlerWith: (effects: Send) => Handler) =>
    kindsOf(cutEverywhere({ contract, handlerWith }, payload, { effects: sendAt }));

  it('that is saved as done before it is done is found missing', async () => {
    const kinds = await kindsWith(({ send }) => async ({ numbers }, job) => {
      for (let next = job.resume?.next ?? 0; next < numbers.length; next += 1) {
        await job.checkpoint({ next: next + 1, total: 0 });
        await send({ at: next, signal: job.signal });
      }
      return { total: numbers.length };
    });
    expect([...kinds].sort()).toEqual(['effect missing', 'effect repeated']);
  });

  it('that begins after the signal was aborted is found', async () => {
    const kinds = await kindsWith(({ send }) => async ({ numbers }) => {
      for (const at of numbers.keys()) await send({ at });
      return { total: numbers.length };
    });
    expect(kinds).toContain('work after the signal');
  });

  it.each<[string, (signal: AbortSignal) => { signal?: AbortSignal }]>([
    ['without a signal', () => ({})],
    ['with a signal of its own', () => ({ signal: new AbortController().signal })],
  ])('that goes on when the job is to end is found: %s', async (_name, signalFrom) => {
    const kinds = await kindsWith(({ send }) => async ({ numbers }, job) => {
      let next = job.resume?.next ?? 0;
      for (; next < numbers.length; next += 1) {
        await job.checkpoint({ next, total: 0 }, { flush: true });
        if (next === 3) await send({ at: next, ...signalFrom(job.signal) });
      }
      return { total: next };
    });
    expect(kinds).toContain('signal not passed on');
  });

  it('that is made again, although with another time, is found', async () => {
    const kinds = await kindsWith(({ send }) => async ({ numbers }, job) => {
      await job.pause(1);
      await send({ at: job.now(), signal: job.signal });
      return { total: numbers.length };
    });
    expect(kinds).toEqual(['effect repeated']);
  });
});

describe('a handler', () => {
  it('that blocks the event loop for longer than a lease is found', async () => {
    const handler: Handler = async ({ numbers }, job) => {
      await job.pause(0);
      const { hrtime } = process;
      for (const start = hrtime.bigint(); hrtime.bigint() - start < 150_000_000n; );
      return { total: numbers.length };
    };
    const test = cutEverywhere({ contract, handler }, payload, { leaseSeconds: 0.1 });
    expect(await kindsOf(test)).toEqual(['event loop blocked']);
  });

  it('that cannot go on from its own state is found', async () => {
    const handler: Handler = async ({ numbers }, job) => {
      if (job.resume) throw new TypeError('no such row');
      await job.checkpoint({ next: 1, total: 1 });
      await job.pause(1);
      return { total: numbers.length };
    };
    expect(await kindsIn(handler)).toEqual(['wrong end']);
  });

  it('that fails only when it is handed over is said to fail in the undisturbed run whose calls are slow', async () => {
    const handler: Handler = async ({ numbers }, job) => {
      const { next: first } = job.resume ?? { next: 0 };
      for (let next = first; next < numbers.length; next += 1) await job.checkpoint({ next, total: 0 });
      return { total: first };
    };
    const brief = { ...contract, timeoutSeconds: 30 };
    const error = await cutEverywhere({ contract: brief, handler }, payload).catch((thrown: Error) => thrown);
    const undisturbed = error instanceof JobTestError ? error.failures.filter(({ cut }) => !cut) : [];
    const details = undisturbed.flatMap(({ findings }) => findings.map(({ detail }) => detail));
    expect(details).toEqual([expect.stringMatching(/, in the run whose calls are slow$/)]);
  });

  it('that leaves an effect running is found', async () => {
    const handlerWith =
      ({ look }: { look: () => Promise<void> }): Handler =>
      async ({ numbers }, job) => {
        await Promise.race([look(), job.pause(0)]);
        return { total: numbers.length };
      };
    const effects = () => ({ look: anyNumber(() => new Promise<void>((resolve) => setImmediate(resolve))) });
    const test = cutEverywhere({ contract, handlerWith }, payload, { effects });
    expect(await kindsOf(test)).toEqual(['forgotten await']);
  });

  it('that returns what JSON changes is found', async () => {
    const handler: JobHandler<typeof loose> = async () => ({ at: new Date(0) });
    const kinds = await kindsOf(cutEverywhere({ contract: loose, handler }, payload));
    expect(kinds).toEqual(['result that JSON changes']);
  });
});
