import { describe, expect, test } from '@jest/globals';
import type * as z from 'zod/mini';
import {
  type JobContext,
  PermanentError,
  StepFailedError,
  type StepOptions,
} from '../../../../../shared/author/index.ts';
import { stateNameOf } from '../../../../../shared/domain/objects/stored-object.ts';
import { readSavedSteps } from '../../../../../shared/domain/state/stored/saved-steps.ts';
import { StepMemo } from '../../../../../shared/worker/steps/step-memo.ts';
import { cutEverywhere } from '../../../../../testkit/cut-everywhere.ts';
import { keyedBy } from '../../../../../testkit/effects.ts';
import { runJob } from '../../../../../testkit/run-job.ts';
import { booking as contract } from '../../../../job-types/booking/contract.ts';
import { anId, jobId } from '../../../../set-ups/samples.ts';
import { aWorker } from '../../../../set-ups/worker.ts';

const aBooking = (seats: number): Payload => ({ seats, waitSeconds: 24 * 3600 });
type Payload = z.output<typeof contract.payload>;

interface Request {
  readonly key: string;
  readonly signal: AbortSignal;
}

/** Two services: one holds seats, the other takes money. Both know their callers by a key. */
interface Calls {
  readonly hold: (request: Request) => Promise<string>;
  readonly charge: (request: Request) => Promise<string>;
}

const seatsOf = ({ seats }: Payload) => Array.from({ length: seats }, (_, seat) => `seat ${seat}`);

/** Holds all seats at once, waits for a day, and charges. */
const bookingWith =
  ({ hold, charge }: Calls, options?: StepOptions) =>
  async (payload: Payload, job: JobContext<never>) => {
    const { id, signal } = job;
    const seats = await Promise.all(
      seatsOf(payload).map((seat) => job.step(seat, () => hold({ key: `${id} ${seat}`, signal }))),
    );
    await job.waitFor('a day', { until: payload.waitSeconds });
    const paid = await job.step('charge', () => charge({ key: `${id} charge`, signal }), options);
    return { seats, charge: paid };
  };

/** Services that know a request by its key. A charge that is to fail throws what it is given. */
const services = ({ failing = [] as Error[] } = {}) => {
  const asked: string[] = [];
  const left = [...failing];
  const hold = async ({ key }: Request): Promise<string> => {
    asked.push(key);
    return `held for ${key.slice(37)}`;
  };
  const charge = async ({ key }: Request): Promise<string> => {
    asked.push(key);
    const error = left.shift();
    if (error) throw error;
    return 'paid';
  };
  const byKey = ({ key }: Request) => key;
  return { asked, effects: () => ({ hold: keyedBy(byKey, hold), charge: keyedBy(byKey, charge) }) };
};

const type = { contract, handlerWith: (calls: Calls) => bookingWith(calls) };

describe('steps', () => {
  test('are done once each, and a wait between them ends the slice', async () => {
    const { asked, effects } = services();
    const run = await runJob(type, aBooking(3), { effects });
    expect(run).toMatchObject({ status: 'succeeded', slices: 1 });
    expect(run.result).toEqual({
      seats: ['held for seat 0', 'held for seat 1', 'held for seat 2'],
      charge: 'paid',
    });
    expect(asked).toHaveLength(4);
    expect(run.seconds).toBeGreaterThanOrEqual(24 * 3600);
    expect(run.findings).toEqual([]);
  });

  test('survive every cut', async () => {
    const { cuts, calls } = await cutEverywhere(type, aBooking(2), { effects: services().effects });
    expect(cuts).toBeGreaterThan(calls * 5);
  });

  const retried = { contract, handlerWith: (calls: Calls) => bookingWith(calls, { retries: 2 }) };

  test('that fail are tried again by themselves, without an attempt of the job', async () => {
    const { asked, effects } = services({ failing: [new Error('busy'), new Error('busy')] });
    const run = await runJob(retried, aBooking(1), { effects });
    expect(run).toMatchObject({ status: 'succeeded', attempts: 1 });
    expect(asked).toHaveLength(4);
  });

  test.each([
    ['after their last try', [new Error('busy'), new Error('busy'), new Error('closed')], 'Error: closed', 3],
    ['at once, if no other try can help', [new PermanentError('no card')], 'PermanentError: no card', 1],
  ])('fail for good %s, and so does the job', async (_when, failing, error, tries) => {
    const { asked, effects } = services({ failing });
    const run = await runJob(retried, aBooking(0), { effects });
    expect(run.error).toEqual({
      name: 'StepFailedError',
      message: `the step "charge" failed: ${error}`,
    });
    expect(asked).toHaveLength(tries);
  });

  test('that have failed for good fail in the same way in every later slice', async () => {
    const { asked, effects } = services({ failing: [new PermanentError('no card')] });
    const undone: string[] = [];
    const handlerWith = (calls: Calls) => async (_payload: Payload, job: JobContext<never>) => {
      const { id, signal } = job;
      try {
        await job.step('charge', () => calls.charge({ key: `${id} charge`, signal }), { retries: 5 });
      } catch (error) {
        if (!(error instanceof StepFailedError)) throw error;
        undone.push(error.message);
        await job.waitFor('a pause', { until: 3_600 });
      }
      return { seats: [], charge: null };
    };
    const run = await runJob({ contract, handlerWith }, aBooking(0), { effects });
    expect(run).toMatchObject({ status: 'succeeded', slices: 1 });
    expect(asked).toHaveLength(1);
    expect(undone).toEqual(Array(2).fill('the step "charge" failed: PermanentError: no card'));
  });

  test('that fail without `retries` end the attempt, as whatever a handler throws', async () => {
    const { asked, effects } = services({ failing: [new Error('busy')] });
    const run = await runJob(type, aBooking(2), { effects });
    expect(run).toMatchObject({ status: 'succeeded', attempts: 2 });
    expect(asked.filter((key) => key.endsWith('charge'))).toHaveLength(2);
    expect(asked).toHaveLength(4);
  });

  test.each([
    [
      'a key twice',
      async (job: JobContext<never>) => [await job.step('a', () => 1), await job.step('a', () => 2)],
    ],
    ['a step inside a step', (job: JobContext<never>) => job.step('a', () => job.step('b', () => 1))],
    [
      'a wait inside a step',
      (job: JobContext<never>) => job.step('a', () => job.waitFor('b', { until: 3_600 })),
    ],
    ['an empty key', (job: JobContext<never>) => job.step('', () => 1)],
    ['a key of 201 characters', (job: JobContext<never>) => job.step('k'.repeat(201), () => 1)],
    [
      'the key of a step for a wait',
      async (job: JobContext<never>) => {
        await job.step('a', () => 1);
        await job.waitFor('a', { until: 1 });
      },
    ],
    ['what JSON cannot write', (job: JobContext<never>) => job.step('a', () => 1n as unknown as number)],
    ['a wait of more than a year', (job: JobContext<never>) => job.waitFor('a', { until: 367 * 24 * 3600 })],
    ['a time that is none', (job: JobContext<never>) => job.waitFor('a', { until: new Date('never') })],
    [
      'retries that are no whole number',
      (job: JobContext<never>) => job.step('a', () => 1, { retries: 0.5 }),
    ],
    ['more than 8 MB', (job: JobContext<never>) => job.step('a', () => 'x'.repeat(9 * 1024 * 1024))],
    ['a write to the output outside of a step', (job: JobContext<never>) => job.output().write('a')],
    [
      'a write to the output by a step that has ended',
      async (job: JobContext<never>) => {
        const late = Promise.withResolvers<void>();
        let write = Promise.resolve();
        await job.step('a', () => {
          write = late.promise.then(() => job.output().write('a'));
        });
        late.resolve();
        await write;
      },
    ],
    [
      'two steps that write to the output at a time',
      async (job: JobContext<never>) => {
        const write = (key: string) => async () => {
          await job.output().write(key);
          await job.pause(1);
        };
        await Promise.all(['a', 'b'].map((key) => job.step(key, write(key))));
      },
    ],
  ])('refuse %s: another attempt would be no better', async (_what, misuse) => {
    const handler = async (_payload: Payload, job: JobContext<never>) => {
      await misuse(job);
      return { seats: [], charge: null };
    };
    const run = await runJob({ contract, handler }, aBooking(0));
    expect(run).toMatchObject({ status: 'failed', attempts: 1, error: { name: 'StepError' } });
  });

  test('are refused in a type that does not say that it has steps', async () => {
    const { hasSteps: _, ...without } = contract;
    const handler = async (_payload: Payload, job: JobContext<never>) => ({
      seats: [await job.step('a', () => 'b')],
      charge: null,
    });
    const run = await runJob({ contract: without, handler }, aBooking(0));
    expect(run.error).toMatchObject({
      name: 'StepError',
      message: expect.stringContaining('hasSteps: true'),
    });
  });

  test('give what JSON makes of a result, in the slice that did the work as in all later ones', async () => {
    const seen: unknown[] = [];
    const handler = async (_payload: Payload, job: JobContext<never>) => {
      const at = await job.step('when', () => ({ at: new Date(0), none: undefined }));
      const nothing: undefined = await job.step('nothing', async () => {});
      const maybe: string | undefined = await job.step('maybe', () => undefined as string | undefined);
      // @ts-expect-error: a date is a text by now
      const date: Date = at.at;
      seen.push([at, nothing, maybe, date]);
      at.at = 'changed by the handler';
      await job.waitFor('a pause', { until: 3_600 });
      return { seats: [], charge: null };
    };
    await runJob({ contract, handler }, aBooking(0));
    expect(seen).toHaveLength(2);
    for (const one of seen)
      expect(one).toMatchObject([
        { at: expect.any(String) },
        undefined,
        undefined,
        '1970-01-01T00:00:00.000Z',
      ]);
  });

  test('are 10,000, of which the item has no more than 8 KB', async () => {
    const count = 10_000;
    const done: number[] = [];
    const handler = async (_payload: Payload, job: JobContext<never>) => {
      for (let from = 0; from < count; from += 500)
        await Promise.all(
          Array.from({ length: 500 }, (_, at) => job.step(`step ${from + at}`, () => done.push(from + at))),
        );
      await job.waitFor('a pause', { until: 3_600 });
      return { seats: [], charge: null };
    };
    const run = await runJob({ contract, handler }, aBooking(0));
    expect(run).toMatchObject({ status: 'succeeded', slices: 1 });
    expect(done).toHaveLength(count);
  });
});

describe('what steps have come to', () => {
  const aMemo = async (steps?: string) => {
    const { objects, log } = aWorker();
    let uuids = 0;
    const nextId = () => {
      uuids += 1;
      return anId(uuids);
    };
    const random = { uuid: () => nextId() };
    const saved: string[] = steps === undefined ? [] : [steps];
    const heartbeat = {
      keep: ({ steps: text = '' }: { readonly steps?: string | undefined }) => void saved.push(text),
      flush: async () => undefined,
    };
    const states = { keep: () => undefined };
    const deps = { objects, log, random, heartbeat, states };
    const read = () => StepMemo.read({ tenant: 'a tenant', id: jobId, steps: saved.at(-1) }, deps);
    return { memo: await read(), read, saved, objects, log };
  };

  test('is read as it was stored, the last word under each key, whatever was moved to objects', async () => {
    const { memo, read, saved, objects } = await aMemo();
    const keys = Array.from({ length: 1_000 }, (_, at) => `key ${at}`);
    const failed = { run: 1, tries: 1, isFinal: false, error: { name: 'Error', message: 'busy' } };
    for (const key of keys) await memo.keep({ key, failed });
    for (const key of keys) await memo.keep({ key, result: { text: `result of ${key}`.repeat(20) } });
    const again = await read();
    for (const key of keys) expect(again.find(key)).toEqual(memo.find(key));
    expect(again.find('another key')).toBeUndefined();
    expect(Math.max(...saved.map((text) => Buffer.byteLength(text)))).toBeLessThan(9 * 1024);
    const { blocks } = readSavedSteps(saved.at(-1));
    const bytes = blocks.map(
      (uuid) => objects.objects.get(stateNameOf({ tenant: 'a tenant', id: jobId }, uuid))?.length,
    );
    expect(bytes.slice(0, -1).every((length = 0) => length >= 256 * 1024)).toBe(true);
    expect(bytes.every((length = 0) => length < 270 * 1024)).toBe(true);
  });

  test('names no object before it is stored', async () => {
    const { memo, saved, objects } = await aMemo();
    const put = objects.put.bind(objects);
    objects.put = async (object) => {
      expect(saved.some((text) => text.includes(object.name.split('/').at(-1) ?? ''))).toBe(false);
      return put(object);
    };
    for (let at = 0; at < 50; at += 1) await memo.keep({ key: `key ${at}`, result: 'x'.repeat(1_000) });
    expect(readSavedSteps(saved.at(-1)).blocks).toHaveLength(1);
  });

  test('warns once that its room is nearly over, and then refuses', async () => {
    const { memo, log } = await aMemo();
    const result = 'x'.repeat(1024 * 1024);
    for (let at = 0; at < 7; at += 1) await memo.keep({ key: `key ${at}`, result });
    await expect(memo.keep({ key: 'one more', result })).rejects.toThrow('more than 8388608 bytes together');
    expect(log.lines.filter(({ message }) => message === 'steps take much room')).toHaveLength(1);
  });
});
