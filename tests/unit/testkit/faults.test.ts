import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import * as z from 'zod/mini';
import { defineJob } from '../../../shared/author/contract.ts';
import { type JobHandler, withCancel } from '../../../shared/author/handler.ts';
import { cutEverywhere } from '../../../testkit/cut-everywhere.ts';
import { anyNumber, keyedBy, once } from '../../../testkit/effects.ts';
import type { FindingKind } from '../../../testkit/findings.ts';
import type { JobTestError } from '../../../testkit/report.ts';
import * as modules from '../../fixtures/kit-modules/job-types/rates.ts';
import { inTurn } from '../../turns.ts';
import * as adapters from './ledger.ts';
import { addUp as contract, payload } from './sample-contract.ts';
import { strangerFaults } from './stranger-faults.ts';

/** Faults that users make, by their sort: each must be found. That right jobs pass: right-jobs.test.ts. */

type Handler = JobHandler<typeof contract>;
type Job = Parameters<Handler>[1];
interface Charge {
  readonly key?: string;
  readonly amount: number;
  readonly signal?: AbortSignal;
}

/** Services that are right. `mail` has no key, and `mailed` says at once what was sent. */
const services = () => {
  const sent = new Set<string>();
  const charged = new Set<string>();
  return {
    price: anyNumber(async (amount: number) => amount * 2),
    charge: keyedBy(
      ({ key }: Charge) => key as string,
      async ({ key }: Charge) => void charged.add(String(key)),
    ),
    forget: anyNumber(async (id: string) => {
      for (const key of [...charged, ...sent]) if (key.startsWith(id)) sent.delete(key);
    }),
    mail: once(async ({ to }: { to: string; signal?: AbortSignal }) => void sent.add(to)),
    mailed: anyNumber(async (to: string) => sent.has(to)),
  };
};
type All = ReturnType<typeof services>;
type Calls = {
  readonly [Name in keyof All]: (
    ...all: Parameters<All[Name]['call']>
  ) => Promise<Awaited<ReturnType<All[Name]['call']>>>;
};

const allow: readonly FindingKind[] = ['effect never happens'];
const kindsOf = (test: Promise<unknown>): Promise<readonly FindingKind[]> =>
  test.then(
    () => [],
    (error: JobTestError) => error.kinds,
  );

type Run = () => Promise<readonly FindingKind[]>;
const job =
  (handlerWith: (calls: Calls) => Handler): Run =>
  () =>
    kindsOf(cutEverywhere({ contract, handlerWith }, payload, { effects: services, allow }));

/** Does something for each number, and saves how far it has come. */
const eachStep =
  (act: (number: number, at: number, job: Job) => unknown): Handler =>
  async ({ numbers }, job) => {
    let { next, total } = job.resume ?? { next: 0, total: 0 };
    for (; next < numbers.length; next += 1) {
      await job.checkpoint({ next, total });
      await act(numbers[next] ?? 0, next, job);
      total += numbers[next] ?? 0;
    }
    return { total };
  };
const steps = (act: (calls: Calls) => Parameters<typeof eachStep>[0]): Run =>
  job((calls) => eachStep(act(calls)));
const charging = (keyOf: (at: number, job: Job) => string): Run =>
  steps(
    ({ charge }) =>
      (amount, at, job) =>
        charge({ key: keyOf(at, job), amount, signal: job.signal }),
  );

const ledger =
  (adapter: Parameters<typeof adapters.ledgerWith>[0]): Run =>
  () => {
    const handlerWith =
      ({ store }: adapters.Ledger): Handler =>
      async ({ numbers }, { id, signal }) => {
        await store({ key: id, amounts: numbers, signal });
        return { total: numbers.length };
      };
    return kindsOf(
      cutEverywhere({ contract, handlerWith }, payload, { outside: adapters.ledgerWith(adapter) }),
    );
  };

const cancelable = defineJob({ ...contract, hasCancel: true });
const open = defineJob({ ...contract, queue: 'long', checkpoint: z.looseObject({}) });

const seen = new Map<string, number>();
const done = new Set<string>();
let count = 0;
let firstId: string | undefined;

const notIdempotent: FindingKind = 'effect not idempotent';
const moduleState: FindingKind = 'module state or randomness';

const faults: Readonly<Record<string, readonly (readonly [string, FindingKind, Run])[]>> = {
  'an insert that is not idempotent': [
    ['rows without a key', 'wrong outside', ledger(adapters.withoutKey)],
    ['one row after another', 'wrong outside', ledger(adapters.rowByRow)],
    ['an update that adds', 'wrong outside', ledger(adapters.addsToBalance)],
  ],
  'key and rows in two transactions': [
    ['the key first', 'wrong outside', ledger(adapters.keyThenRows)],
    ['the rows first', 'wrong outside', ledger(adapters.rowsThenKey)],
  ],
  'a checkpoint before the effect': [
    [
      'of a mail',
      'effect missing',
      job(({ mail }) => async ({ numbers }, job) => {
        for (let next = job.resume?.next ?? 0; next < numbers.length; next += 1) {
          await job.checkpoint({ next: next + 1, total: 0 }, { flush: true });
          await mail({ to: `${job.id}/${next}`, signal: job.signal });
        }
        return { total: numbers.length };
      }),
    ],
    [
      'that is only now and then stored',
      'effect missing',
      job(({ charge }) => async ({ numbers }, job) => {
        for (let next = job.resume?.next ?? 0; next < numbers.length; next += 1) {
          await job.checkpoint({ next: next + 1, total: 0 });
          await charge({ key: `${job.id}/${next}`, amount: 1, signal: job.signal });
        }
        return { total: numbers.length };
      }),
    ],
    [
      'of a whole batch',
      'effect missing',
      job(({ charge }) => async ({ numbers }, job) => {
        for (let next = job.resume?.next ?? 0; next < numbers.length; next += 2) {
          await job.checkpoint({ next: next + 2, total: 0 });
          for (const at of [next, next + 1])
            await charge({ key: `${job.id}/${at}`, amount: 1, signal: job.signal });
        }
        return { total: numbers.length };
      }),
    ],
    [
      'of a step that is added afterwards',
      'wrong result',
      job(() => async ({ numbers }, job) => {
        let { next, total } = job.resume ?? { next: 0, total: 0 };
        for (; next < numbers.length; next += 1) {
          await job.checkpoint({ next: next + 1, total });
          total += numbers[next] ?? 0;
        }
        return { total };
      }),
    ],
  ],
  'a state that is changed while it is saved': [
    [
      'by the next line',
      'state changed while it was saved',
      job(() => async ({ numbers }, job) => {
        const state = { next: 0, total: 0, ...job.resume };
        while (state.next < numbers.length) {
          const saved = job.checkpoint(state);
          state.total += numbers[state.next] ?? 0;
          state.next += 1;
          await saved;
        }
        return { total: state.total };
      }),
    ],
    [
      'by what runs beside it',
      'state changed while it was saved',
      job(({ price }) => async ({ numbers }, job) => {
        const state = { next: 0, total: 0, ...job.resume };
        for (; state.next < numbers.length; state.next += 1) {
          const add = async (number: number) => {
            state.total += (await price(number)) / 2;
          };
          await Promise.all([add(numbers[state.next] ?? 0), job.checkpoint(state)]);
        }
        return { total: state.total };
      }),
    ],
    [
      'in a list',
      'state changed while it was saved',
      () => {
        const handler: JobHandler<typeof open> = async ({ numbers }, job) => {
          const list: number[] = [];
          for (const number of numbers) {
            const saved = job.checkpoint({ list });
            list.push(number);
            await saved;
          }
          return { total: list.length };
        };
        return kindsOf(cutEverywhere({ contract: open, handler }, payload));
      },
    ],
  ],
  'a time or randomness in a key': [
    ['Date.now()', 'time read', charging((at) => `${at}/${Date.now()}`)],
    ['the hour', 'time read', charging((at) => `${at}/${new Date().toISOString().slice(0, 13)}`)],
    ['job.now()', notIdempotent, charging((at, job) => `${at}/${job.now()}`)],
    [
      'the day of job.now()',
      notIdempotent,
      charging((at, job) => `${at}/${new Date(job.now()).toISOString().slice(0, 10)}`),
    ],
    ['Math.random()', 'randomness read', charging((at) => `${at}/${Math.random()}`)],
    ['randomUUID() of node:crypto', moduleState, charging((at) => `${at}/${randomUUID()}`)],
    ['a UUID that is not saved', notIdempotent, charging((at, job) => `${at}/${job.uuid()}`)],
  ],
  'a missing await': [
    [
      'of an effect',
      'forgotten await',
      steps(({ charge }) => (amount, at, job) => {
        charge({ key: `${job.id}/${at}`, amount, signal: job.signal });
      }),
    ],
    [
      'of a checkpoint',
      'forgotten await',
      job(() => async ({ numbers }, job) => {
        job.checkpoint({ next: 0, total: 0 });
        return { total: numbers.length };
      }),
    ],
    [
      'in forEach',
      'forgotten await',
      job(({ charge }) => async ({ numbers }, job) => {
        numbers.forEach(async (amount, at) => charge({ key: `${job.id}/${at}`, amount, signal: job.signal }));
        return { total: numbers.length };
      }),
    ],
    [
      'of what follows an effect',
      'forgotten await',
      job(({ charge }) => async ({ numbers }, job) => {
        charge({ key: job.id, amount: 1, signal: job.signal }).then(() => job.log.info('charged'));
        await job.pause(1);
        return { total: numbers.length };
      }),
    ],
    ['of a pause', 'forgotten await', steps(() => (_number, _at, job) => void job.pause(1))],
    ['of a statement', 'forgotten await', ledger(adapters.forgetsCommit)],
  ],
  'a swallowed error': [
    [
      'of a charge',
      'swallowed error',
      steps(({ charge }) => async (amount, at, job) => {
        try {
          await charge({ key: `${job.id}/${at}`, amount, signal: job.signal });
        } catch (error) {
          job.log.warn('not charged', { error });
        }
      }),
    ],
    [
      'of a look-up',
      'swallowed error',
      job(({ price }) => async ({ numbers }, job) => {
        let total = 0;
        for (const number of numbers) {
          total += await price(number).catch(() => 0);
          await job.pause(1);
        }
        return { total };
      }),
    ],
    [
      'of a checkpoint',
      'swallowed signal',
      job(() => async ({ numbers }, job) => {
        let total = 0;
        for (const [next, number] of numbers.entries()) {
          await job.checkpoint({ next, total }).catch(() => undefined);
          total += number;
        }
        return { total };
      }),
    ],
    [
      'of one of many',
      'swallowed error',
      job(({ charge }) => async ({ numbers }, { id, signal }) => {
        await Promise.allSettled(numbers.map((amount, at) => charge({ key: `${id}/${at}`, amount, signal })));
        return { total: numbers.length };
      }),
    ],
  ],
  'an effect without a key': [
    [
      'to a service that takes none',
      'effect repeated',
      steps(
        ({ mail }) =>
          (_number, at, job) =>
            mail({ to: `${job.id}/${at}`, signal: job.signal }),
      ),
    ],
    [
      'after a look that is too early',
      'effect repeated',
      job(({ mail, mailed }) => async ({ numbers }, job) => {
        const isMailed = await mailed(job.id);
        const { next } = job.resume ?? { next: 0 };
        await job.checkpoint({ next: next + 1, total: Number(isMailed) }, { flush: true });
        if (!(job.resume?.total ?? Number(isMailed))) await mail({ to: job.id, signal: job.signal });
        return { total: numbers.length };
      }),
    ],
    [
      'that the service would take',
      'effect repeated',
      steps(
        ({ charge }) =>
          (amount, _at, job) =>
            charge({ amount, signal: job.signal }),
      ),
    ],
    [
      'that is one for all',
      notIdempotent,
      steps(
        ({ charge }) =>
          (amount, _at, job) =>
            charge({ key: job.id, amount, signal: job.signal }),
      ),
    ],
  ],
  'a cursor that is off by one after a resume': [
    [
      'too far',
      'effect missing',
      job(({ charge }) => async ({ numbers }, job) => {
        for (let next = job.resume ? job.resume.next + 1 : 0; next < numbers.length; next += 1) {
          await job.checkpoint({ next, total: 0 });
          await charge({ key: `${job.id}/${next}`, amount: 1, signal: job.signal });
        }
        return { total: numbers.length };
      }),
    ],
    [
      'too near',
      'effect repeated',
      job(({ mail }) => async ({ numbers }, job) => {
        for (let next = Math.max(0, (job.resume?.next ?? 0) - 1); next < numbers.length; next += 1) {
          await mail({ to: `${job.id}/${next}`, signal: job.signal });
          await job.checkpoint({ next: next + 1, total: 0 }, { flush: true });
        }
        return { total: numbers.length };
      }),
    ],
    [
      'counted from the slice',
      notIdempotent,
      job(({ charge }) => async ({ numbers }, job) => {
        const first = job.resume?.next ?? 0;
        for (const [at, amount] of numbers.slice(first).entries()) {
          await job.checkpoint({ next: first + at, total: 0 });
          await charge({ key: `${job.id}/${at}`, amount, signal: job.signal });
        }
        return { total: numbers.length };
      }),
    ],
    [
      'in a sum',
      'wrong result',
      job(() => async ({ numbers }, job) => {
        let total = job.resume?.total ?? 0;
        for (let next = 0; next < numbers.length; next += 1) {
          await job.checkpoint({ next, total });
          total += numbers[next] ?? 0;
        }
        return { total };
      }),
    ],
  ],
  'a variable of a module': [
    [
      'as a sum by job',
      moduleState,
      job(() => async (all, job) => {
        const add = (number: number) => void seen.set(job.id, (seen.get(job.id) ?? 0) + number);
        await eachStep(add)(all, job);
        const total = seen.get(job.id) ?? 0;
        seen.delete(job.id);
        return { total };
      }),
    ],
    [
      'as a list of what is done',
      moduleState,
      () => {
        const handlerWith =
          ({ charge }: Calls): Handler =>
          async ({ numbers }, job) => {
            for (const [at, amount] of numbers.entries()) {
              const key = `${job.id}/${at}`;
              if (!done.has(key)) await charge({ key, amount, signal: job.signal });
              done.add(key);
            }
            return { total: numbers.length };
          };
        const effects = () => ({ charge: services().charge });
        return kindsOf(
          cutEverywhere({ contract, handlerWith: (calls) => handlerWith(calls as Calls) }, payload, {
            effects,
          }),
        );
      },
    ],
    [
      'as a number in a key',
      moduleState,
      charging((at) => {
        count += 1;
        return `${at}/${count}`;
      }),
    ],
    [
      'as the key of the first job',
      moduleState,
      charging((at, { id }) => {
        firstId ??= id;
        return `${firstId}/${at}`;
      }),
    ],
    [
      'that only the first slice sets',
      moduleState,
      () => kindsOf(cutEverywhere({ contract, handler: modules.setByFirstSlice }, payload)),
    ],
    [
      'of another module, that only the first slice sets',
      moduleState,
      () => kindsOf(cutEverywhere({ contract, handler: modules.setInOtherModule }, payload)),
    ],
    [
      'that is set before a sleep',
      moduleState,
      () => kindsOf(cutEverywhere({ contract, handler: modules.setBeforeSleep }, payload)),
    ],
  ],
  'a signal that is ignored': [
    [
      'in a request',
      'signal not passed on',
      steps(
        ({ charge }) =>
          (amount, at, { id }) =>
            charge({ key: `${id}/${at}`, amount }),
      ),
    ],
    [
      'for another one',
      'signal not passed on',
      steps(({ charge }) => (amount, at, { id }) => {
        const { signal } = new AbortController();
        return charge({ key: `${id}/${at}`, amount, signal });
      }),
    ],
    [
      'between two effects',
      'work after the signal',
      steps(({ charge }) => async (amount, at, { id }) => {
        await charge({ key: `${id}/${at}/net`, amount });
        await charge({ key: `${id}/${at}/tax`, amount });
      }),
    ],
    [
      'when a call has thrown it',
      'swallowed signal',
      job(() => async ({ numbers }, job) => {
        for (const _ of numbers) await job.pause(1).catch(() => undefined);
        return { total: numbers.length };
      }),
    ],
  ],
  'a double charge after cancel and retry': [
    ['by the run in a key', notIdempotent, charging((at, { id, run }) => `${id}/${run}/${at}`)],
    [
      'by a run that begins anew',
      'effect repeated',
      job(({ mail }) => async ({ numbers }, job) => {
        for (let next = job.run === 1 ? (job.resume?.next ?? 0) : 0; next < numbers.length; next += 1) {
          if (next > 0) job.signal.throwIfAborted();
          await mail({ to: `${job.id}/${next}`, signal: job.signal });
          await job.checkpoint({ next: next + 1, total: 0 }, { flush: true });
        }
        return { total: numbers.length };
      }),
    ],
    [
      'by a cancel that forgets it',
      'effect repeated',
      () => {
        const handlerWith = (calls: Calls): JobHandler<typeof cancelable> =>
          withCancel(
            async ({ numbers }, job) => {
              for (const at of numbers.keys()) {
                const to = `${job.id}/${at}`;
                if (!(await calls.mailed(to))) await calls.mail({ to, signal: job.signal });
              }
              return { total: numbers.length };
            },
            async (_payload, { id }) => calls.forget(id),
          );
        return kindsOf(
          cutEverywhere({ contract: cancelable, handlerWith }, payload, { effects: services, allow }),
        );
      },
    ],
  ],
  'an attempt or a fencing token in a key': [
    ['the attempt', notIdempotent, charging((at, { id, attempt }) => `${id}/${attempt}/${at}`)],
    ['the fencing token', notIdempotent, charging((at, { fencingToken }) => `${fencingToken}/${at}`)],
    [
      'the attempt in the request',
      notIdempotent,
      steps(
        ({ charge }) =>
          (amount, at, { id, attempt, signal }) =>
            charge({ key: `${id}/${at}`, amount: amount + attempt, signal }),
      ),
    ],
  ],
};

const ofStrangers = Object.entries(strangerFaults).map(([sort, rows]) => {
  const found = rows.map(([name, kind, test]) => [name, kind, () => kindsOf(test())] as const);
  return [sort, found] as const;
});

describe.each([...Object.entries(faults), ...ofStrangers])('%s is found', (_sort, rows) => {
  it.each(inTurn('faults in handlers', rows))('%s', async (_name, kind, run) => {
    expect(await run()).toContain(kind);
  });
});

it('at least 44 faults are planted, and 40 of strangers', () => {
  expect(Object.values(faults).flat().length).toBeGreaterThanOrEqual(44);
  expect(Object.values(strangerFaults).flat().length).toBeGreaterThanOrEqual(40);
});
