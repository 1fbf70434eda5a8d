import { describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { defineJob, type JobContext, SignalTimeoutError } from '../../../../../shared/author/index.ts';
import { cutEverywhere } from '../../../../../testkit/cut-everywhere.ts';
import { keyedBy } from '../../../../../testkit/effects.ts';
import { runJob } from '../../../../../testkit/run-job.ts';

const contract = defineJob({
  queue: 'long',
  payload: z.strictObject({ within: z.int() }),
  result: z.string(),
  hasSteps: true,
  signals: { approve: z.strictObject({ isOk: z.boolean() }) },
  timeoutSeconds: 600,
  maxAttempts: 3,
});
type Context = JobContext<never, NonNullable<typeof contract.signals>>;
type Handler = (payload: { readonly within: number }, job: Context) => Promise<string>;
const run = (handler: Handler) =>
  runJob({ contract, handlerWith: () => handler as never }, { within: 3_600 });

describe('waits for answers', () => {
  test('end in time, with an error that says so, and in every later slice', async () => {
    const seen: string[] = [];
    const { result, seconds } = await run(async ({ within }, job) => {
      try {
        const { isOk } = await job.waitForSignal('approve', { within });
        return String(isOk);
      } catch (error) {
        if (!(error instanceof SignalTimeoutError)) throw error;
        seen.push(error.message);
        await job.waitFor('a pause', { until: 3_600 });
        return 'too late';
      }
    });
    expect(result).toBe('too late');
    expect(seconds).toBeGreaterThanOrEqual(7_200);
    expect(new Set(seen)).toEqual(new Set(['no answer to "approve" (approve) came in time']));
  });

  /** An order with two approvals; each is told to somebody once. */
  const order = {
    contract,
    handlerWith:
      ({ tell }: { tell: (request: { key: string; signal: AbortSignal }) => Promise<string> }): Handler =>
      async ({ within }, job) => {
        const said: string[] = [];
        for (const key of ['first', 'approve']) {
          const { isOk } = await job.waitForSignal('approve', { key, within });
          const request = { key: `${job.id} ${key} ${isOk}`, signal: job.signal };
          said.push(await job.step(`tell ${key}`, () => tell(request)));
        }
        return said.join();
      },
  };
  const effects = () => ({
    tell: keyedBy(
      ({ key }: { key: string; signal: AbortSignal }) => key,
      async ({ key }) => key.slice(37),
    ),
  });
  const signals = [
    { name: 'approve', key: 'first', answer: { isOk: true } },
    { name: 'approve', answer: { isOk: false } },
  ];

  test('go on with the answers that a test gives', async () => {
    const { result, seconds, slices } = await runJob(order, { within: 3_600 }, { effects, signals });
    expect(result).toBe('first true,approve false');
    expect(slices).toBe(2);
    expect(seconds).toBeLessThan(60);
  });

  test('survive every cut, also answers that come early', async () => {
    const { cuts, calls } = await cutEverywhere(order, { within: 24 * 3_600 }, { effects, signals });
    expect(cuts).toBeGreaterThan(calls * 5);
  });

  test('tell which came first', async () => {
    const { result } = await run(async ({ within }, job) => {
      const first = await job.waitFor('either', { signal: 'approve', until: within });
      return first.by === 'signal' ? String(first.answer.isOk) : first.by;
    });
    expect(result).toBe('time');
  });

  test.each(['Eve', undefined])('tell by whose link it came: %s', async (as) => {
    const handler: Handler = async (_payload, job) => {
      const first = await job.waitFor('approve', { signal: 'approve', until: 60 });
      return first.by === 'signal' ? `by ${first.as}` : first.by;
    };
    const given = [{ name: 'approve', answer: { isOk: true }, ...(as === undefined ? {} : { as }) }];
    const type = { contract, handlerWith: () => handler as never };
    expect((await runJob(type, { within: 60 }, { signals: given })).result).toBe(`by ${as}`);
  });

  test.each<[string, Handler, string]>([
    [
      'a name that the contract does not have',
      async (_payload, job) => String(await job.waitForSignal('refuse' as 'approve', { within: 1 })),
      'the contract of this type has no signal "refuse"',
    ],
    [
      'a question that is too long',
      async (_payload, job) =>
        String(await job.waitForSignal('approve', { within: 60, question: 'x'.repeat(301) })),
      'the question of a wait has 1 to 300 characters, and no half ones',
    ],
    [
      'a question of a wait that nobody answers',
      async (_payload, job) => String(await job.waitFor('a while', { until: 60, question: 'Well?' })),
      'a question is for a wait with a signal',
    ],
    [
      'a key that comes twice',
      async (_payload, job) => {
        await job.step('approve', () => 1);
        return String(await job.waitForSignal('approve', { within: 1 }));
      },
      'the key "approve" is that of another step of this job',
    ],
    [
      'a wait that is raced',
      async (_payload, job) =>
        Promise.race([
          job.waitForSignal('approve', { within: 60 }).then(String),
          job.step('a', () => 'a step'),
        ]),
      'the handler has returned while "approve" waits: await each wait, and race none',
    ],
  ])('refuse %s', async (_what, handler, message) => {
    expect((await run(handler)).error).toMatchObject({ message });
  });
});

test('a contract with signals has steps, and names that fit an address', () => {
  const of = (more: object) => () => defineJob({ ...contract, ...more });
  expect(of({ hasSteps: false })).toThrow(RangeError);
  expect(of({ signals: { 'a b': z.null() } })).toThrow('not "a b"');
});
