import { spawnSync } from 'node:child_process';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it } from '@jest/globals';
import * as z from 'zod/mini';
import { defineJob } from '../../../shared/author/contract.ts';
import type { JobHandler } from '../../../shared/author/handler.ts';
import { PermanentError, RetryAfterError } from '../../../shared/domain/base/errors.ts';
import { cutEverywhere } from '../../../testkit/cut-everywhere.ts';
import { type EffectCalls, keyedBy } from '../../../testkit/effects.ts';
import type { JobTestError } from '../../../testkit/report.ts';
import { runJob } from '../../../testkit/run-job.ts';
import { contracts } from '../../job-types/contracts.ts';
import { projectDir } from '../../project-copy.ts';
import { mutatedState } from './planted-bugs.ts';
import { addUp as contract, payload } from './sample-contract.ts';

type Handler = JobHandler<typeof contract>;

const adds: Handler = async ({ numbers }, job) => {
  let { next, total } = job.resume ?? { next: 0, total: 0 };
  for (; next < numbers.length; next += 1) {
    job.progress((next / numbers.length) * 100, `${next} added`);
    await job.checkpoint({ next, total });
    await job.pause(60);
    total += numbers[next] ?? 0;
  }
  job.log.info('added', { total });
  return { total };
};

describe('a job that is run by the kit', () => {
  it('shows its result, progress, states, log, and the time that it took', async () => {
    const run = await runJob({ contract, handler: adds }, payload);
    expect(run).toMatchObject({
      status: 'succeeded',
      result: { total: 14 },
      slices: 0,
      attempts: 1,
      findings: [],
    });
    expect(run.progress.map(({ percent }) => percent)).toEqual([0, 20, 40, 60, 80]);
    expect(run.checkpoints.map(({ next }) => next)).toEqual([0, 1, 2, 3, 4]);
    expect(run.log).toContainEqual(expect.objectContaining({ message: 'added' }));
    expect(run.seconds).toBe(300);
  });

  it('is refused if its contract does not say whom it is for', async () => {
    const fails = { ...contract, fairBy: () => JSON.parse('1') };
    await expect(runJob({ contract: fails, handler: adds }, payload)).rejects.toThrow(
      'fairBy must return a text',
    );
  });

  it('takes milliseconds for six hours', async () => {
    const numbers = Array.from({ length: 360 }, () => 1);
    const startedAt = performance.now();
    const run = await runJob({ contract, handler: adds }, { numbers });
    expect(run.result).toEqual({ total: 360 });
    expect(run.seconds).toBeGreaterThanOrEqual(6 * 3600);
    // Contract: 600 s a slice.
    expect(run.slices).toBeGreaterThanOrEqual(36);
    expect(performance.now() - startedAt).toBeLessThan(6 * 3600);
  });

  it('waits as long as its handler asks for, whatever happens meanwhile, and uses no attempt', async () => {
    const handler: Handler = async ({ numbers }, job) => {
      const readyAt = job.submittedAt + 3 * 3_600_000;
      if (job.now() < readyAt - 7_200_000) throw new RetryAfterError(600);
      if (job.now() < readyAt) throw new RetryAfterError(new Date(readyAt));
      return { total: numbers.length };
    };
    const run = await runJob({ contract, handler }, payload);
    expect(run).toMatchObject({ status: 'succeeded', attempts: 1, seconds: 3 * 3_600, findings: [] });
    await cutEverywhere({ contract, handler }, payload);
  });

  it('fails if it is put off for more than seven days', async () => {
    const handler: Handler = async () => {
      throw new RetryAfterError(2 * 86_400);
    };
    const run = await runJob({ contract, handler }, payload);
    expect(run).toMatchObject({ status: 'failed', attempts: 1, error: { name: 'RetryAfterError' } });
    expect(run.seconds).toBe(6 * 86_400);
  });

  it('shows why it failed', async () => {
    const handler: Handler = async () => {
      throw new PermanentError('no such account');
    };
    expect(await runJob({ contract, handler }, payload)).toMatchObject({
      status: 'failed',
      result: undefined,
      error: { name: 'PermanentError', message: 'no such account' },
    });
  });

  it('shows the message of an error of another realm, as those of Node.js are in a runner with a vm context', async () => {
    const thrown: unknown = runInNewContext(
      "Object.assign(new TypeError('no such file'), { code: 'ENOENT' })",
    );
    const handler: Handler = async () => {
      throw thrown;
    };
    const once = defineJob({ ...contract, queue: 'long', maxAttempts: 1 });
    expect(await runJob({ contract: once, handler }, payload)).toMatchObject({
      status: 'failed',
      error: { name: 'TypeError', message: 'no such file' },
      trace: expect.arrayContaining([expect.stringContaining('the handler throws TypeError: no such file')]),
    });
  });

  it('can be cut once, at any call', async () => {
    const run = (cut: string) => runJob({ contract, handler: adds }, payload, { cut });
    expect(await run('crash-after@4')).toMatchObject({ result: { total: 14 }, attempts: 2 });
    expect(await run('hand-over@5')).toMatchObject({ result: { total: 14 }, slices: 1 });
    expect(await run('cancel@3')).toMatchObject({ status: 'canceled', result: undefined });
    await expect(run('crash@3')).rejects.toThrow('"crash@3" is no cut');
  });

  it('has no calls of an effect that was declared and never called', async () => {
    const handlerWith = () => async () => ({ total: 0 });
    const run = await runJob({ contract, handlerWith }, payload, {
      effects: () => ({
        charge: keyedBy(
          (key: string) => key,
          async () => {},
        ),
      }),
    });
    expect(run.effects).toEqual({ charge: [] });
  });

  it('records its effects, and a keyed service answers a repeated request as it did before', async () => {
    const answers: unknown[] = [];
    let charged = 0;
    const handlerWith =
      ({ charge }: { charge: (request: { key: string }) => Promise<string> }): Handler =>
      async ({ numbers }, job) => {
        answers.push(await charge({ key: job.id }));
        await job.pause(1);
        return { total: numbers.length };
      };
    const effects = () => ({
      charge: keyedBy(
        ({ key }: { key: string }) => key,
        async () => {
          charged += 1;
          return `receipt ${charged}`;
        },
      ),
    });
    const run = await runJob({ contract, handlerWith }, payload, { effects, cut: 'crash-before@2' });
    expect(run.effects.charge).toHaveLength(2);
    expect(answers).toEqual(['receipt 1', 'receipt 1']);
  });

  it('shows that a call was not made, if a signal that was aborted kept it from being made', async () => {
    const charged: string[] = [];
    const effects = () => ({
      charge: keyedBy(
        ({ key }: { key: string; signal: AbortSignal }) => key,
        ({ key }) => void charged.push(key),
      ),
    });
    const handlerWith =
      ({ charge }: EffectCalls<ReturnType<typeof effects>>): Handler =>
      async (_payload, job) => {
        await job.pause(60).catch(() => undefined);
        await job.pause(60).catch(() => undefined);
        await charge({ key: 'late', signal: job.signal });
        return { total: 0 };
      };
    const trace = async (cut: string) =>
      (await runJob({ contract, handlerWith }, payload, { effects, cut })).trace.map((line) =>
        line.slice(13),
      );
    expect(await trace('cancel@1')).toEqual(
      expect.arrayContaining(
        [1, 2, 3].map((call) => `worker-1  #${call} is not made: its signal was aborted`),
      ),
    );
    expect(charged).toEqual([]);
    expect((await trace('crash-before@1')).join()).not.toContain('not made');
    expect(charged).toEqual(['late']);
  });

  it('goes on from a state that it is given', async () => {
    const resume = { next: 3, total: 8 };
    const run = await runJob({ contract, handler: adds }, payload, { resume });
    expect(run.result).toEqual({ total: 14 });
    expect(run.checkpoints.map(({ next }) => next)).toEqual([3, 4]);
    const { calls } = await cutEverywhere({ contract, handler: adds }, payload, { resume });
    expect(calls).toBe(4);
    const wrong = runJob({ contract, handler: adds }, payload, { resume: { next: 'x' } });
    await expect(wrong).rejects.toThrow('next');
  });

  it('is not run with a payload that does not fit its contract', async () => {
    const wrong = { numbers: ['one'] as never };
    await expect(runJob({ contract, handler: adds }, wrong)).rejects.toThrow('the payload does not fit');
  });

  it('is ended by a timeout of its contract, however long it waits', async () => {
    const handler: Handler = async (_payload, job) => {
      await job.pause(100_000);
      return { total: 0 };
    };
    const run = await runJob({ contract, handler }, payload);
    expect(run).toMatchObject({ status: 'failed', attempts: 5, error: { name: 'JobTimeoutError' } });
  });
});

const file = 'tests/fixtures/kit-in-node-test/add-up.test.ts';

function nodeTest(env: NodeJS.ProcessEnv = {}) {
  const { JEST_WORKER_ID: _, ...own } = process.env;
  const options = { cwd: projectDir, env: { ...own, ...env }, encoding: 'utf8' } as const;
  return spawnSync(process.execPath, ['--test', file], options).stdout;
}

describe('replay', () => {
  afterEach(() => {
    delete process.env.CUT;
  });

  describe('a failing cut', () => {
    it('is one line with the command that replays it, also under node:test', () => {
      const output = nodeTest();
      const line = output.split('\n').find((each) => each.includes('Replay:'));
      expect(line).toMatch(
        /wrong result: .* when .* at call \d+ \(checkpoint\)\. Replay: CUT=[a-z-]+@\d+ node --test /,
      );
      expect(line).toContain(file);
    });

    it('is replayed alone, with every step', () => {
      const output = nodeTest({ CUT: 'hand-over@3' });
      expect(output).toContain('1 of 1 cuts fail');
      expect(output).toContain('<<< hand-over');
      expect(output).toContain('attempt 1 starts from {"next":2,"total":0}');
    });

    it('has at most a few lines for each kind, and says how many there are', async () => {
      const error = await cutEverywhere({ contract, handler: mutatedState }, payload).then(
        () => undefined,
        (thrown: JobTestError) => thrown,
      );
      const lines = error?.message.split('\n');
      expect(lines?.filter((line) => line.includes('Replay:'))).toHaveLength(4);
      expect(error?.message).toMatch(/and \d\d more cuts/);
      expect(error?.message).toMatch(/ npm run jest -- tests\/unit\/testkit\/run-job\.test\.ts$/m);
      expect(error?.failures.length).toBeGreaterThan(20);
    });

    it('is not replayed if its name is no cut', async () => {
      process.env.CUT = 'crash@1';
      const test = cutEverywhere({ contract, handler: mutatedState }, payload);
      await expect(test).rejects.toThrow('"crash@1" is no cut');
    });
  });

  describe('a job with very many cuts', () => {
    it('is cut as often as allowed, evenly spread', async () => {
      const report = await cutEverywhere(
        {
          contract,
          handler: async ({ numbers }, job) => {
            for (const _ of numbers) await job.pause(1);
            return { total: numbers.length };
          },
        },
        { numbers: Array.from({ length: 50 }, () => 1) },
        { maxCuts: 70 },
      );
      expect(report.cuts).toBe(70);
      expect(report.possibleCuts).toBeGreaterThan(400);
    });
  });
});

describe('a job that submits others, run by the kit', () => {
  const { booking, counting } = contracts;
  const payload = { seats: 0, waitSeconds: 0 };

  it('says what it has submitted, once for each key', async () => {
    const run = await runJob(
      {
        contract: booking,
        handler: async (_payload, job) => {
          const { id } = await job.submit('next', counting, { seconds: 3 }, { delaySeconds: 60 });
          if (job.attempt < 2) throw new Error('once more');
          return { seats: [], charge: id };
        },
      },
      payload,
    );
    expect(run.status).toBe('succeeded');
    expect(run.submitted).toEqual([
      { key: 'next', contract: counting, payload: { seconds: 3 }, options: { delaySeconds: 60 } },
    ]);
  });

  it('submits a unique job once', async () => {
    const unique = { ...counting, unique: { key: () => 'one', withinSeconds: 60 } };
    const run = await runJob(
      {
        contract: booking,
        handler: async (_payload, job) => {
          const { id } = await job.submit('first', unique, { seconds: 1 });
          await job.waitFor('a while', { until: 3_600 });
          const again = await job.submit('again', unique, { seconds: 2 });
          return { seats: [], charge: again.id === id ? 'the same' : null };
        },
      },
      payload,
    );
    expect(run.result?.charge).toBe('the same');
    expect(run.submitted.map(({ key }) => key)).toEqual(['first']);
  });

  it('submits a debounced job once, with the last payload', async () => {
    const debounce = { key: () => 'one', delaySeconds: 20, maxDelaySeconds: 50 };
    const debounced = { ...counting, debounce };
    const run = await runJob(
      {
        contract: booking,
        handler: async (_payload, job) => {
          const { id } = await job.submit('first', debounced, { seconds: 1 });
          const again = await job.submit('again', debounced, { seconds: 2 });
          return { seats: [], charge: again.id === id ? 'the same' : null };
        },
      },
      payload,
    );
    expect(run.result?.charge).toBe('the same');
    expect(run.submitted.map((one) => [one.key, one.payload])).toEqual([['first', { seconds: 2 }]]);
  });

  it('runs a debounced job at once', async () => {
    const debounce = { key: () => 'one', delaySeconds: 20, maxDelaySeconds: 50 };
    const handler = async () => ({ seconds: 1 });
    const run = await runJob({ contract: { ...counting, debounce }, handler }, { seconds: 1 });
    expect([run.status, run.seconds < 20]).toEqual(['succeeded', true]);
    const without = { ...counting, debounce: { ...debounce, key: () => '' } };
    await expect(runJob({ contract: without, handler }, { seconds: 1 })).rejects.toThrow(
      'debounce.key must return a text',
    );
  });

  it('is told of a payload that has no unique key', async () => {
    const unique = { ...counting, unique: { key: () => '', withinSeconds: 60 } };
    const handler: JobHandler<typeof booking> = async (_payload, job) => {
      await job.submit('next', unique, { seconds: 1 });
      return { seats: [], charge: null };
    };
    expect((await runJob({ contract: booking, handler }, payload)).error?.name).toBe('StepError');
    await expect(
      runJob({ contract: unique, handler: async () => ({ seconds: 1 }) }, { seconds: 1 }),
    ).rejects.toThrow('unique.key must return a text');
  });

  it('fails with a payload that does not fit', async () => {
    const run = await runJob(
      {
        contract: booking,
        handler: async (_payload, job) => {
          await job.submit('next', counting, { seconds: -3 });
          return { seats: [], charge: null };
        },
      },
      payload,
    );
    expect(run.error?.name).toBe('StepError');
    expect(run.submitted).toEqual([]);
  });
});

const limitedShape = {
  payload: z.strictObject({}),
  result: z.array(z.string()),
  timeoutSeconds: 40,
  maxAttempts: 2,
};

describe('a job with limits of work', () => {
  it('waits for the turn of a part outside of its worker, and uses no attempt', async () => {
    const contract = defineJob({
      ...limitedShape,
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

  it('makes the calls of a strict part one after another, also when it is interrupted in one', async () => {
    const contract = defineJob({
      ...limitedShape,
      hasSteps: true,
      partLimits: { bank: { key: 'bank', perSecond: 1 / 5, spacing: 'strict' } },
    });
    const answered: number[] = [];
    const handler: JobHandler<typeof contract> = async (_payload, job) => {
      const call = async (name: string) => {
        await job.pause(3);
        answered.push(job.now());
        return name;
      };
      const ask = (name: string) => job.step(name, () => job.limit('bank', () => call(name)));
      return [await ask('one'), await ask('other')];
    };
    const run = await runJob({ contract, handler }, {});
    expect(run).toMatchObject({ status: 'succeeded', result: ['one', 'other'], attempts: 1, findings: [] });
    expect((answered[1] ?? 0) - (answered[0] ?? 0)).toBeGreaterThanOrEqual(8_000);

    expect((await cutEverywhere({ contract, handler }, {})).cuts).toBeGreaterThan(20);
  });

  it('waits for the next start when its attempt is tried again', async () => {
    const contract = defineJob({ ...limitedShape, limits: [{ key: 'api', perSecond: 1 / 3_600 }] });
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
