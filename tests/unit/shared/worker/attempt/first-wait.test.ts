import { describe, expect, test } from '@jest/globals';
import { StepError } from '../../../../../shared/author/index.ts';
import type { StepRecord } from '../../../../../shared/domain/state/stored/saved-steps.ts';
import { waitForFirst } from '../../../../../shared/worker/attempt/first-wait.ts';
import { FixedClock } from '../../../../../testkit/fakes/fixed.ts';

/** The waits of one job, slice by slice. */
function aJob() {
  const records = new Map<string, StepRecord>();
  const clock = new FixedClock();
  let [haveEnded, run, isAwaited] = [false, 1, false];
  const awaits = () => {
    isAwaited = true;
  };
  const first = async (until?: number) => {
    let endsAt: number | undefined;
    isAwaited = false;
    const found = await waitForFirst(
      'first',
      { children: 'pages', until },
      {
        run,
        steps: {
          take: () => {},
          timeOf: (at) => clock.now() + Number(at) * 1000,
          tracked: (call) => call(),
          endSlice: async (at) => {
            endsAt = at;
            throw new Error('the slice ends');
          },
        },
        memo: {
          find: (key) => records.get(key),
          keep: async (record) => {
            records.set(record.key, record);
          },
        },
        children: () => ({ haveEnded: async () => haveEnded, awaits }),
        answers: () => {
          throw new StepError('no signals');
        },
        clock,
      },
    ).catch((error: Error) => error.message);
    return endsAt === undefined ? found : { waitsForMs: endsAt - clock.now() };
  };
  return {
    first,
    isAwaited: () => isAwaited,
    records,
    pass: (ms: number) => clock.advance(ms),
    end: () => {
      haveEnded = true;
    },
    retry: () => {
      run += 1;
    },
  };
}

describe('a wait for what comes first', () => {
  test('ends with the children, and stays so when the time is over', async () => {
    const job = aJob();
    expect(await job.first(60)).toEqual({ waitsForMs: 60_000 });
    job.end();
    expect(await job.first(60)).toEqual({ by: 'children' });
    await job.pass(120_000);
    expect(await job.first(60)).toEqual({ by: 'children' });
  });

  test('ends with the time, and stays so when the children end later', async () => {
    const job = aJob();
    await job.first(60);
    expect(job.isAwaited()).toBe(true);
    await job.pass(60_000);
    expect(await job.first(60)).toEqual({ by: 'time' });
    expect(job.isAwaited()).toBe(false);
    job.end();
    expect(await job.first(60)).toEqual({ by: 'time' });
  });

  test('is open again in another run', async () => {
    const job = aJob();
    await job.first(60);
    await job.pass(60_000);
    await job.first(60);
    job.retry();
    expect(await job.first(60)).toEqual({ waitsForMs: 60_000 });
  });

  test('without a time of its own ends after 366 days', async () => {
    expect(await aJob().first()).toEqual({ waitsForMs: 366 * 24 * 3600_000 });
  });

  test('cannot have the key of a step', async () => {
    const job = aJob();
    job.records.set('first', { key: 'first', result: 1 });
    expect(await job.first(60)).toContain('was that of a step before');
  });
});
