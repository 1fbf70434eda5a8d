import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import * as z from 'zod/mini';
import { defineJob } from '../../../shared/author/contract.ts';
import type { JobHandler } from '../../../shared/author/handler.ts';
import { PermanentError } from '../../../shared/domain/base/errors.ts';
import { cutEverywhere } from '../../../testkit/cut-everywhere.ts';
import { anyNumber, atLeastOnce, keyedBy, type OutsideClock, once } from '../../../testkit/effects.ts';
import type { FindingKind } from '../../../testkit/findings.ts';
import type { JobTestError } from '../../../testkit/report.ts';
import { runJob } from '../../../testkit/run-job.ts';
import { inTurn } from '../../turns.ts';
import * as jobs from './right-jobs.ts';
import { addUp as contract, payload } from './sample-contract.ts';
import { strangerJobs } from './stranger-jobs.ts';

const booking = {
  effects: () => ({
    book: keyedBy(
      ({ key }: { key: string; amount: number; signal: AbortSignal }) => key,
      async () => {},
    ),
  }),
};
/** A service that shows at once what was sent to it. */
const sending = {
  effects: () => {
    const sent = new Set<string>();
    return {
      find: anyNumber(async (id: string) => sent.has(id)),
      send: once(async (id: string) => void sent.add(id)),
    };
  },
};

const right = [
  [
    'an effect with a key',
    () => cutEverywhere({ contract, handlerWith: jobs.effectWithKey }, payload, booking),
  ],
  [
    'a state that is changed in place',
    () => cutEverywhere({ contract, handler: jobs.stateInPlace }, payload),
  ],
  ['time and randomness of the context', () => cutEverywhere(jobs.timeOfContext, payload)],
  [
    'calls side by side',
    () =>
      cutEverywhere({ contract, handlerWith: jobs.sideBySide }, payload, {
        effects: () => ({ look: anyNumber(async (at: number) => at) }),
      }),
  ],
  ['progress from the state', () => cutEverywhere({ contract, handler: jobs.progressFromState }, payload)],
  [
    'a look before the effect',
    () => cutEverywhere({ contract, handlerWith: jobs.lookBeforeEffect }, payload, sending),
  ],
  [
    'an effect that tidies up',
    () =>
      cutEverywhere({ contract, handlerWith: jobs.tidiesUp }, payload, {
        effects: () => ({ close: anyNumber(async () => {}) }),
      }),
  ],
  ['sleeps', () => cutEverywhere({ contract, handler: jobs.sleeps }, payload)],
  ['a cache in the module', () => cutEverywhere({ contract, handler: jobs.cacheInModule }, payload)],
  ['attempts that fail first', () => cutEverywhere({ contract, handler: jobs.failsFirst }, payload)],
  ...strangerJobs,
] as const;

describe('a job that is right', () => {
  it.each(inTurn('handlers that are right', right))('passes: %s', async (_name, test) => {
    const { calls, cuts } = await test();
    expect(calls).toBeGreaterThan(0);
    expect(cuts).toBeGreaterThanOrEqual(5 * calls);
  });
});

/** What the first users of the kit wrote: what it must accept, and what it must find. */

type Handler = JobHandler<typeof contract>;

const services = () => {
  const mailed = new Set<string>();
  return {
    amount: anyNumber(async (at: number, _options?: { signal: AbortSignal }) => at * 100),
    issue: keyedBy(
      ({ key }: { key: string; amount?: number; at?: number; signal?: AbortSignal }) => key,
      async () => {},
    ),
    sent: anyNumber(async (at: number) => mailed.has(String(at))),
    mail: once(async ({ at }: { at: number; signal?: AbortSignal }) => void mailed.add(String(at))),
  };
};
type All = ReturnType<typeof services>;
type Calls = {
  [Name in keyof All]: (
    ...all: Parameters<All[Name]['call']>
  ) => Promise<Awaited<ReturnType<All[Name]['call']>>>;
};

const kindsOf = (test: Promise<unknown>): Promise<readonly FindingKind[]> =>
  test.then(
    () => [],
    (error: JobTestError) => error.kinds,
  );
const allow: readonly FindingKind[] = ['effect never happens'];
const kindsWith = (handlerWith: (calls: Calls) => Handler) =>
  kindsOf(cutEverywhere({ contract, handlerWith }, payload, { effects: services, allow }));

const saving = defineJob({
  ...contract,
  queue: 'long',
  checkpoint: z.strictObject({ batch: z.string(), at: z.int() }),
});
const kindsSaving = (handlerWith: (calls: Calls) => JobHandler<typeof saving>) =>
  kindsOf(cutEverywhere({ contract: saving, handlerWith }, payload, { effects: services, allow }));

const priced = defineJob({
  ...contract,
  queue: 'long',
  checkpoint: z.strictObject({ next: z.int(), total: z.int(), price: z.int() }),
});
/** Every price is higher than the last one. */
const prices = (last: { price: number }) => ({
  price: anyNumber(async (_at: number) => {
    last.price += 1;
    return last.price;
  }),
  charge: keyedBy(
    ({ key }: { key: string; amount: number; signal: AbortSignal }) => key,
    async () => {},
  ),
});
interface PriceCalls {
  price(at: number): Promise<number>;
  charge(request: { key: string; amount: number; signal: AbortSignal }): Promise<void>;
}

describe('a right job', () => {
  it('may have several effects in a turn if it passes its signal on', async () => {
    const kinds = await kindsWith(({ amount, issue, sent, mail }) => async ({ numbers }, job) => {
      const { id, signal } = job;
      for (let next = job.resume?.next ?? 0; next < numbers.length; next += 1) {
        await job.checkpoint({ next, total: 0 });
        await issue({ key: `${id}/${next}`, amount: await amount(next, { signal }), signal });
        if (!(await sent(next))) await mail({ at: next, signal });
      }
      return { total: numbers.length };
    });
    expect(kinds).toEqual([]);
  });

  it('may use a UUID or a time that it has saved before', async () => {
    const kinds = await kindsSaving(({ issue }) => async ({ numbers }, job) => {
      if (!job.resume) return job.sleep(60, { batch: job.uuid(), at: job.now() });
      const { batch, at } = job.resume;
      await issue({ key: `${batch}/1`, at, signal: job.signal });
      return { total: numbers.length };
    });
    expect(kinds).toEqual([]);
  });

  /** It looks up a price, which is another one each time, and charges what it has saved. */
  const charging =
    (options: { readonly flush: boolean }) =>
    ({ price, charge }: PriceCalls): JobHandler<typeof priced> =>
    async ({ numbers }, job) => {
      const state = { next: 0, total: 0, price: 0, ...job.resume };
      for (; state.next < numbers.length; state.next += 1) {
        if (state.price === 0) state.price = await price(state.next);
        await job.checkpoint({ ...state }, options);
        await charge({ key: `${job.id}/${state.next}`, amount: state.price, signal: job.signal });
        state.total += state.price;
        state.price = 0;
      }
      return { total: state.total };
    };

  const last = { price: 100 };
  it.each([
    ['in each run', () => prices({ price: 100 })],
    ['from run to run', () => prices(last)],
  ] as const)(
    'may act upon a look-up that changes %s, if it flushes what it found',
    async (_when, effects) => {
      const test = (flush: boolean) =>
        cutEverywhere({ contract: priced, handlerWith: charging({ flush }) }, payload, { effects });
      expect(await kindsOf(test(true))).toEqual([]);
      expect(await kindsOf(test(false))).toContain('effect not idempotent');
    },
  );

  it('may look up everything, flush, and act', async () => {
    const all = defineJob({
      ...{ ...contract, queue: 'long' },
      checkpoint: z.strictObject({ found: z.array(z.int()), next: z.int() }),
    });
    const handlerWith =
      ({ price, charge }: PriceCalls): JobHandler<typeof all> =>
      async ({ numbers }, job) => {
        const found = job.resume?.found ?? (await Promise.all(numbers.map((number) => price(number))));
        if (!job.resume) await job.checkpoint({ found, next: 0 }, { flush: true });
        for (let next = job.resume?.next ?? 0; next < found.length; next += 1) {
          await job.checkpoint({ found, next });
          await charge({ key: `${job.id}/${next}`, amount: found[next] ?? 0, signal: job.signal });
        }
        return { total: found.reduce((sum, one) => sum + one, 0) };
      };
    const effects = () => prices({ price: 100 });
    expect(await kindsOf(cutEverywhere({ contract: all, handlerWith }, payload, { effects }))).toEqual([]);
  });

  it('may have a key with a time that it has saved, in each step', async () => {
    const kinds = await kindsSaving(({ issue }) => async ({ numbers }, job) => {
      let state = job.resume ?? { batch: '0', at: 0 };
      for (let next = Number(state.batch); next < numbers.length; next += 1) {
        if (state.at === 0) state = { batch: String(next), at: job.now() };
        await job.checkpoint(state, { flush: true });
        await issue({ key: `${next}/${state.at}`, signal: job.signal });
        state = { batch: String(next + 1), at: 0 };
      }
      return { total: numbers.length };
    });
    expect(kinds).toEqual([]);
  });

  it.each<[string, (job: Parameters<Handler>[1]) => { signal?: AbortSignal; fencingToken?: number }]>([
    ['with its signal in another one', ({ signal }) => ({ signal: AbortSignal.any([signal]) })],
    ['right after a look at its signal', ({ signal }) => (signal.aborted ? { signal } : {})],
    ['with a fencing token beside the key', ({ signal, fencingToken }) => ({ signal, fencingToken })],
  ])('may make an effect %s', async (_how, more) => {
    const kinds = await kindsWith(({ issue }) => async ({ numbers }, job) => {
      const startedAt = Date.now();
      for (const at of numbers.keys()) {
        const digest = createHash('sha256').update(`${job.id}/${at}`).digest('hex');
        await issue({ key: digest, ...more(job) });
        job.log.info('issued', { after: Date.now() - startedAt });
      }
      return { total: numbers.length };
    });
    expect(kinds).toEqual([]);
  });

  it('may read what it likes, as often as it likes, also from a cache in its module', async () => {
    let token: Promise<number> | undefined;
    const kinds = await kindsWith(({ amount }) => async ({ numbers }, job) => {
      token ??= amount(1);
      await token;
      await job.pause(1);
      await amount(2);
      await amount(3);
      return { total: numbers.length };
    });
    expect(kinds).toEqual([]);
  });
});

describe('real work', () => {
  const stepped = defineJob({ ...contract, hasSteps: true });
  type Stepped = JobHandler<typeof stepped>;
  const turn = async (times: number): Promise<void> => {
    for (let turned = 0; turned < times; turned += 1) await setImmediate();
  };
  /** Work that ends at a virtual time, or when no virtual time passes any more: then the kit waits for it. */
  const workUntil = async (time: number, now: () => number): Promise<void> => {
    for (let idle = 0, last = 0; idle < 20 && now() < time; last = now()) {
      await setImmediate();
      idle = now() === last ? idle + 1 : 0;
    }
  };

  it('may end in another order in each run', async () => {
    let runs = 0;
    const handlerWith =
      ({ put }: { put: (request: { at: number; signal: AbortSignal }) => Promise<void> }): Stepped =>
      async ({ numbers }, job) => {
        runs += 1;
        let done = 0;
        const all = numbers.map(async (_, at) => {
          await job.step(`put ${at}`, async () => {
            await turn(3 * ((at + runs) % numbers.length));
            await put({ at, signal: job.signal });
          });
          done += 1;
          job.progress((done / numbers.length) * 100, `${at} is done`);
        });
        await Promise.allSettled(all);
        job.signal.throwIfAborted();
        await Promise.all(all);
        return { total: done };
      };
    const effects = () => ({ put: atLeastOnce(async (_put: { at: number; signal: AbortSignal }) => {}) });
    expect(await kindsOf(cutEverywhere({ contract: stepped, handlerWith }, payload, { effects }))).toEqual(
      [],
    );
  });

  it.each([
    ['stands still', 61_000],
    ['goes on', 90_100],
  ])('may end when its worker %s, which has lost the job', async (_when, afterMs) => {
    const submittedAt = Date.UTC(2026, 4, 1);
    let now = () => submittedAt;
    const outside = (clock: OutsideClock) => {
      now = () => clock.now();
      const sent = new Set<string>();
      return {
        effects: {
          find: anyNumber(async (id: string) => sent.has(id)),
          send: once(async ({ id }: { id: string; signal: AbortSignal }) => void sent.add(id)),
        },
        fault: () => undefined,
      };
    };
    const handlerWith =
      (service: {
        find: (id: string) => Promise<boolean>;
        send: (request: { id: string; signal: AbortSignal }) => Promise<void>;
      }): Stepped =>
      async ({ numbers }, { id, attempt, signal, step }) => {
        const send = step('send', async () => {
          if (await service.find(id)) return;
          if (attempt === 1) await workUntil(submittedAt + afterMs, now);
          await service.send({ id, signal });
        });
        const ends = await Promise.allSettled([send, step('other', () => 1)]);
        for (const end of ends) if (end.status === 'rejected') throw end.reason;
        return { total: numbers.length };
      };
    const options = { outside, submittedAt };
    expect(await kindsOf(cutEverywhere({ contract: stepped, handlerWith }, payload, options))).toEqual([]);
    const run = await runJob({ contract: stepped, handlerWith }, payload, { ...options, cut: 'duplicate@2' });
    expect(run.trace.join('\n')).toMatch(
      /worker-1 {2}(#\d+) send (.*\n)+.*worker-1 {2}\1 is not made: its signal was aborted/,
    );
  });
});

describe('a job with a mistake', () => {
  it('that fails in every run is found', async () => {
    const kinds = await kindsWith(() => async (_payload, job) => {
      await job.pause(1);
      throw new Error('always');
    });
    expect(kinds).toEqual(['fails undisturbed']);
    const handler: Handler = async () => {
      throw new Error('always');
    };
    const question = /All 5 attempts failed in the same way.*PermanentError/;
    await expect(cutEverywhere({ contract, handler }, payload)).rejects.toThrow(question);
    const permanent: Handler = async () => {
      throw new PermanentError('always');
    };
    await expect(cutEverywhere({ contract, handler: permanent }, payload)).rejects.not.toThrow(question);
    await cutEverywhere({ contract, handler }, payload, { endsAs: 'failed' });
    expect(
      await kindsOf(
        cutEverywhere({ contract, handler: async () => ({ total: 1 }) }, payload, { endsAs: 'failed' }),
      ),
    ).toEqual(['fails undisturbed']);
  });

  it('that waits for ever for another service is found', async () => {
    const kinds = await kindsWith(
      () => async (_payload, job) => job.sleep(60, job.resume ?? { next: 0, total: 0 }),
    );
    expect(kinds).toEqual(['never ends']);
  });

  it('with a UUID in a key that was not saved is found', async () => {
    const kinds = await kindsWith(({ issue }) => async ({ numbers }, job) => {
      await issue({ key: job.uuid(), signal: job.signal });
      await job.pause(1);
      return { total: numbers.length };
    });
    expect(kinds).toEqual(['effect not idempotent']);
  });

  it('whose key has the day is found', async () => {
    const kinds = await kindsWith(({ issue }) => async ({ numbers }, job) => {
      await issue({ key: new Date(job.now()).toISOString().slice(0, 10), signal: job.signal });
      await job.pause(1);
      return { total: numbers.length };
    });
    expect(kinds).toEqual(['effect not idempotent']);
  });

  it('that takes the error of an effect for its success is found', async () => {
    const kinds = await kindsWith(({ amount }) => async ({ numbers }, job) => {
      let total = 0;
      for (const at of numbers.keys()) {
        total += await amount(at).catch(() => 0);
        await job.pause(1);
      }
      return { total };
    });
    expect(kinds).toEqual(['swallowed error']);
  });

  it('that takes a refused letter for a sent one is found', async () => {
    const kinds = await kindsWith(({ issue }) => async ({ numbers }, job) => {
      for (const at of numbers.keys()) {
        await issue({ key: `${job.id}/${at}`, signal: job.signal }).catch(() => undefined);
        await job.pause(1);
      }
      return { total: numbers.length };
    });
    expect(kinds).toEqual(['swallowed error']);
  });

  it('that leaves out an effect because an earlier run has made it is found', async () => {
    const seen = new Set<number>([0, 1, 2, 3, 4]);
    const handlerWith =
      ({ issue }: Calls): Handler =>
      async ({ numbers }, job) => {
        for (const at of numbers.keys()) if (!seen.has(at)) await issue({ key: `${job.id}/${at}` });
        return { total: numbers.length };
      };
    const effects = () => ({ issue: services().issue });
    const test = cutEverywhere({ contract, handlerWith: (calls) => handlerWith(calls as Calls) }, payload, {
      effects,
    });
    expect(await kindsOf(test)).toEqual(['effect never happens']);
  });

  it('that does something in its first attempt only is found', async () => {
    const kinds = await kindsWith(({ issue }) => async ({ numbers }, job) => {
      await job.pause(1);
      if (job.attempt === 1) await issue({ key: job.id, signal: job.signal });
      return { total: numbers.length };
    });
    expect(kinds).toEqual(['result depends on attempts']);
  });

  it('that leaves calls running when one of them fails is found', async () => {
    const kinds = await kindsWith(({ issue }) => async ({ numbers }, job) => {
      const worker = async (name: string) => {
        for (const at of numbers.keys()) await issue({ key: `${name}/${at}`, signal: job.signal });
      };
      await Promise.all([worker('a'), worker('b')]);
      return { total: numbers.length };
    });
    expect(kinds).toContain('work after the end');
  });

  it.each([Number.NaN, 300])('that reports %d percent is found', async (percent) => {
    const kinds = await kindsWith(() => async ({ numbers }, job) => {
      job.progress(percent);
      return { total: numbers.length };
    });
    expect(kinds).toEqual(['progress out of range']);
  });
});
