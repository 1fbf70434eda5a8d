import { describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { defineJob, type JobHandler } from '../../../shared/author/index.ts';
import { runJob } from '../../../testkit/run-job.ts';

const shape = {
  payload: z.strictObject({}),
  result: z.array(z.string()),
  timeoutSeconds: 40,
  maxAttempts: 2,
};

describe('the kit', () => {
  test('plays the limits of parts: a job waits for its turn outside of its worker, and uses no attempt', async () => {
    const contract = defineJob({
      ...shape,
      checkpoint: z.array(z.string()),
      partLimits: { directory: { key: 'directory', perSecond: 1 / 60 } },
    });
    const handler: JobHandler<typeof contract> = async (_payload, job) => {
      const found = [...(job.resume ?? [])];
      while (found.length < 3) {
        found.push(await job.limit('directory', () => `found ${found.length}`));
        await job.checkpoint(found, { flush: true });
      }
      return found;
    };
    const run = await runJob({ contract, handler }, {});
    expect(run).toMatchObject({
      status: 'succeeded',
      result: ['found 0', 'found 1', 'found 2'],
      attempts: 1,
    });
    expect(run.seconds).toBeGreaterThanOrEqual(120);
    expect(run.seconds).toBeLessThan(125);
    expect(run.findings).toEqual([]);
  });

  test('plays the limits of starts: an attempt that is tried again waits for the next one', async () => {
    const contract = defineJob({ ...shape, limits: [{ key: 'api', perSecond: 1 / 3_600 }] });
    const handler: JobHandler<typeof contract> = async (_payload, job) => {
      if (job.attempt === 1) throw new Error('no');
      return [];
    };
    const run = await runJob({ contract, handler }, {});
    expect(run).toMatchObject({ status: 'succeeded', attempts: 2 });
    expect(run.seconds).toBeGreaterThanOrEqual(3_600);
    expect(run.seconds).toBeLessThan(3_605);
  });
});
