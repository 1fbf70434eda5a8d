import { describe, expect, it } from '@jest/globals';
import * as z from 'zod/mini';
import { defineJob } from '../../../shared/author/contract.ts';
import type { JobHandler } from '../../../shared/author/handler.ts';
import { cutEverywhere } from '../../../testkit/cut-everywhere.ts';
import type { JobTestError } from '../../../testkit/report.ts';
import { runJob } from '../../../testkit/run-job.ts';

const contract = defineJob({
  payload: z.strictObject({ lines: z.int() }),
  result: z.strictObject({ lines: z.int() }),
  checkpoint: z.strictObject({ next: z.int() }),
  timeoutSeconds: 30,
  maxAttempts: 3,
});
type Handler = JobHandler<typeof contract>;
const payload = { lines: 12 };
const expected = Array.from({ length: 12 }, (_, place) => `line ${place}\n`).join('');

const right: Handler = async ({ lines }, job) => {
  const output = job.output({ contentType: 'text/plain' });
  for (let next = job.resume?.next ?? 0; next < lines; next += 1) {
    await output.write(`line ${next}\n`);
    await job.checkpoint({ next: next + 1 });
  }
  return { lines };
};

/** It says that a line is written before it is. */
const savesEarly: Handler = async ({ lines }, job) => {
  const output = job.output();
  for (let next = job.resume?.next ?? 0; next < lines; next += 1) {
    await job.checkpoint({ next: next + 1 });
    await output.write(`line ${next}\n`);
  }
  return { lines };
};

const dependsOnAttempt: Handler = async ({ lines }, job) => {
  await job.output().write(`attempt ${job.attempt} of ${lines}`);
  return { lines };
};

const kindsOf = async (handler: Handler): Promise<readonly string[]> =>
  cutEverywhere({ contract, handler }, payload).then(
    () => [],
    (thrown: JobTestError) => thrown.kinds,
  );

describe('a job that streams its result', () => {
  it('has its output beside its result', async () => {
    const { status, result, output } = await runJob({ contract, handler: right }, payload);
    expect([status, result, output?.toString()]).toEqual(['succeeded', { lines: 12 }, expected]);
  });

  it('survives every cut if its state says what was written', async () => {
    const { calls, cuts } = await cutEverywhere({ contract, handler: right }, payload);
    expect(calls).toBe(24);
    expect(cuts).toBeGreaterThan(150);
  });

  it('is found if its state says more or less than what was written', async () => {
    expect(await kindsOf(savesEarly)).toEqual(['wrong output']);
  });

  it('is found if what it writes depends on the attempt', async () => {
    expect(await kindsOf(dependsOnAttempt)).toEqual(['result depends on attempts']);
  });
});

describe('a job with a state that does not fit the item', () => {
  it('survives every cut', async () => {
    const wide = defineJob({
      payload: z.strictObject({ steps: z.int() }),
      result: z.strictObject({ steps: z.int() }),
      checkpoint: z.strictObject({ step: z.int(), text: z.string() }),
      timeoutSeconds: 30,
      maxAttempts: 3,
    });
    const handler: JobHandler<typeof wide> = async ({ steps }, job) => {
      const state = job.resume ?? { step: 0, text: 'x'.repeat(70_000) };
      for (; state.step < steps; state.step += 1) await job.checkpoint(state);
      return { steps: state.step };
    };
    const report = await cutEverywhere({ contract: wide, handler }, { steps: 4 });
    expect(report.cuts).toBeGreaterThan(30);
    expect((await runJob({ contract: wide, handler }, { steps: 4 })).checkpoints).toHaveLength(4);
  });
});

describe('a result that does not fit the item', () => {
  it('is the result of the run', async () => {
    const texts = defineJob({
      payload: z.strictObject({ length: z.int() }),
      result: z.strictObject({ text: z.string() }),
      timeoutSeconds: 30,
      maxAttempts: 3,
    });
    const handler: JobHandler<typeof texts> = async ({ length }) => ({ text: 'x'.repeat(length) });
    const { result, output } = await runJob({ contract: texts, handler }, { length: 40_000 });
    expect(result?.text).toHaveLength(40_000);
    expect(output).toBeUndefined();
    await cutEverywhere({ contract: texts, handler }, { length: 40_000 });
  });
});
