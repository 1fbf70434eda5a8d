import { describe, expect, test } from '@jest/globals';
import type * as z from 'zod/mini';
import type { JobContext } from '../../../../../shared/author/index.ts';
import { cutEverywhere } from '../../../../../testkit/cut-everywhere.ts';
import { runJob } from '../../../../../testkit/run-job.ts';
import { booking as contract } from '../../../../job-types/booking/contract.ts';

type Job = JobContext<never>;
type Payload = z.output<typeof contract.payload>;

const payload = { seats: 0, waitSeconds: 0 };
const handlerOf = (write: (job: Job) => Promise<unknown>) => async (_payload: Payload, job: Job) => {
  await write(job);
  return { seats: [], charge: null };
};

/** More than a part of the kit's bucket. */
const line = 'a line of the output, which is long; ';

describe('the output of a job with steps', () => {
  const inTurns = handlerOf(async (job) => {
    const output = job.output({ contentType: 'text/plain' });
    for (const key of ['a', 'b']) {
      await job.step(key, async () => {
        for (const place of [1, 2, 3]) await output.write(`${key} ${place}: ${line}`);
      });
      await job.waitFor(`after ${key}`, { until: 60 });
    }
  });
  const whole = ['a', 'b'].flatMap((key) => [1, 2, 3].map((place) => `${key} ${place}: ${line}`)).join('');

  test('is what its steps have written', async () => {
    const { output, findings } = await runJob({ contract, handler: inTurns }, payload);
    expect(output?.toString()).toBe(whole);
    expect(findings).toEqual([]);
  });

  test('survives every cut', async () => {
    const { cuts, calls } = await cutEverywhere({ contract, handler: inTurns }, payload);
    expect(cuts).toBeGreaterThan(calls);
  });

  test('has nothing of a try that has failed, and its count goes back', async () => {
    const counts: number[] = [];
    let tries = 0;
    const handler = handlerOf(async (job) => {
      const output = job.output();
      const work = async () => {
        counts.push(output.bytes);
        tries += 1;
        for (let place = 0; place < 5; place += 1) await output.write(`try ${tries}: ${line}`);
        if (tries < 3) throw new Error('busy');
      };
      await job.step('first', () => output.write('first;'));
      await job.step('second', work, { retries: 5 });
    });
    const run = await runJob({ contract, handler }, payload);
    expect(run.output?.toString()).toBe(`first;${`try 3: ${line}`.repeat(5)}`);
    expect(counts).toEqual([6, 6, 6]);
  });

  test('takes nothing of a step that the handler does not wait for', async () => {
    const handler = handlerOf(async (job) => {
      const output = job.output();
      await job.step('first', () => output.write('first;'));
      void job.step('second', async () => {
        await output.write('second;');
        await job.pause(60);
      });
      await job.pause(1);
    });
    const { output } = await runJob({ contract, handler }, payload);
    expect(output?.toString()).toBe('first;');
  });
});
