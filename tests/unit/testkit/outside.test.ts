import { describe, expect, it } from '@jest/globals';
import { defineJob } from '../../../shared/author/contract.ts';
import { type JobHandler, withCancel } from '../../../shared/author/handler.ts';
import { hasSucceeded, type JobStatus } from '../../../shared/domain/state/job/transitions.ts';
import { cutEverywhere } from '../../../testkit/cut-everywhere.ts';
import { anyNumber, atLeastOnce, keyedBy, type OutsideClock } from '../../../testkit/effects.ts';
import { innerCall } from '../../../testkit/inner-call.ts';
import { runJob } from '../../../testkit/run-job.ts';
import { addUp, payload } from './sample-contract.ts';

const contract = defineJob({ ...addUp, hasCancel: true });
type Handler = JobHandler<typeof contract>;

interface Lamp {
  on(key: string): Promise<void>;
  off(key: string): Promise<void>;
}

/** A lamp that is on while the job runs. */
const shining =
  ({ on }: Lamp): Handler =>
  async ({ numbers }, job) => {
    await job.checkpoint({ next: 0, total: 0 }, { flush: true });
    job.signal.throwIfAborted();
    await on(job.id);
    await job.pause(1);
    return { total: numbers.length };
  };
const withSwitch = (lamp: Lamp): Handler => withCancel(shining(lamp), async (_, job) => lamp.off(job.id));

/** @param seen the times at which the lamp was switched on */
const lampAt = (clock: OutsideClock, seen: number[] = []) => {
  let isOn = false;
  return {
    effects: {
      on: keyedBy(
        (key: string) => key,
        async (_key: string) => {
          seen.push(clock.now());
          isOn = true;
        },
      ),
      off: anyNumber(async (_key: string) => {
        isOn = false;
      }),
    },
    fault: (status: JobStatus) => (isOn && !hasSucceeded(status) ? 'the lamp is on' : undefined),
  };
};
const outside = (clock: OutsideClock) => lampAt(clock);

describe('what is outside of a job', () => {
  it('has the virtual time of the run', async () => {
    const seen: number[] = [];
    const submittedAt = Date.UTC(2026, 4, 1);
    const type = { contract, handlerWith: withSwitch };
    await runJob(type, payload, { submittedAt, outside: (clock: OutsideClock) => lampAt(clock, seen) });
    expect(seen).toEqual([submittedAt]);
  });

  it('is left in order by a handler whose cancel puts it in order, wherever that is cut', async () => {
    const { cuts, possibleCuts } = await cutEverywhere({ contract, handlerWith: withSwitch }, payload, {
      outside,
    });
    // The cuts of the cancels come in addition.
    expect(cuts).toBeGreaterThan(possibleCuts);
  });

  it('is a finding if the cancel does nothing', async () => {
    const idle = (lamp: Lamp): Handler => withCancel(shining(lamp), async () => {});
    const cut = cutEverywhere({ contract, handlerWith: idle }, payload, { outside });
    await expect(cut).rejects.toMatchObject({ kinds: ['wrong outside'] });
  });

  it('is a finding if the cancel takes an error for success', async () => {
    const careless = (lamp: Lamp): Handler =>
      withCancel(shining(lamp), async (_, job) => lamp.off(job.id).catch(() => undefined));
    const cut = cutEverywhere({ contract, handlerWith: careless }, payload, { outside });
    await expect(cut).rejects.toMatchObject({ kinds: ['wrong outside'] });
  });
});

interface Rows {
  /** Stores a row for each number, one after another. */
  store(request: { key: string; numbers: readonly number[]; signal: AbortSignal }): Promise<void>;
}
const storing =
  ({ store }: Rows): JobHandler<typeof addUp> =>
  async ({ numbers }, { id, signal }) => {
    await store({ key: id, numbers, signal });
    return { total: numbers.length };
  };
/** @param key what makes a row known, if it comes again */
const table = (key: (row: { key: string; at: number }) => unknown) => () => {
  const rows = new Map<unknown, number>();
  const insert = (id: string, number: number, at: number) =>
    innerCall('insert', () => void rows.set(key({ key: id, at }), number));
  const effects = {
    store: atLeastOnce(async ({ key, numbers }: Parameters<Rows['store']>[0]) => {
      for (const [at, number] of numbers.entries()) await insert(key, number, at);
    }),
  };
  const fault = () => (rows.size > payload.numbers.length ? `${rows.size} rows` : undefined);
  return { effects, fault };
};

describe('an effect that makes several calls', () => {
  const type = { contract: addUp, handlerWith: storing };

  it('is cut at each of them', async () => {
    const { calls } = await cutEverywhere(type, payload, { outside: table(({ key, at }) => `${key}/${at}`) });
    expect(calls).toBe(1 + payload.numbers.length);
  });

  it('is found if it cannot be repeated from its middle', async () => {
    const cut = cutEverywhere(type, payload, { outside: table(() => Symbol('a new row')) });
    await expect(cut).rejects.toMatchObject({
      kinds: ['wrong outside'],
      failures: expect.arrayContaining([
        expect.objectContaining({ cut: { kind: 'crash-before', at: 3, pace: 'quick' } }),
      ]),
    });
  });

  it('makes them as they are where no job is tested', async () => {
    expect(await innerCall('insert', () => 3)).toBe(3);
  });
});

describe('a handler without the cancel that its contract has, or the other way round', () => {
  it('is an error', async () => {
    await expect(runJob({ contract, handlerWith: shining }, payload, { outside })).rejects.toThrow(
      'hasCancel',
    );
    await expect(runJob({ contract: addUp, handlerWith: withSwitch }, payload, { outside })).rejects.toThrow(
      'hasCancel',
    );
  });
});
