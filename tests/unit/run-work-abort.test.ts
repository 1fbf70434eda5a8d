import { describe, expect, test } from '@jest/globals';
import { works } from '../../functions/worker/jobs/catalog.ts';
import type { JobContext, Work } from '../../functions/worker/jobs/work.ts';
import { runWork } from '../../functions/worker/run-work.ts';
import { JobCanceledError, JobTimeoutError, LeaseLostError, PermanentError } from '../../shared/errors.ts';
import { catalog } from '../../shared/jobs/catalog.ts';
import { FixedClock } from '../fakes/fixed.ts';
import { recordedLog } from '../fakes/recorded-log.ts';
import { jobId, t0 } from '../fakes/samples.ts';

const timeoutMs = catalog.countdown.timeoutSeconds * 1000;
const graceMs = 2_000;

/** Starts a job; `ended` is how it ended so far. */
function start(countdown: Work<'countdown'>, deadline = t0 + 10 * timeoutMs) {
  const clock = new FixedClock();
  const controller = new AbortController();
  const ended: { with?: unknown } = {};
  const context: JobContext = {
    id: jobId,
    attempt: 1,
    token: 1,
    signal: controller.signal,
    log: recordedLog(),
    progress: () => {},
    pause: () => clock.sleep(1_000_000),
  };
  runWork(
    { type: 'countdown', payload: { seconds: 1 }, context, controller, deadline },
    { works: { ...works, countdown }, clock },
  ).then(
    (result) => Object.assign(ended, { with: result }),
    (error: unknown) => Object.assign(ended, { with: error }),
  );
  return { clock, controller, ended };
}

const endless: Work<'countdown'> = () => new Promise(() => {});
/** Heeds the signal, but takes its time. */
const finishing =
  (clockOf: () => FixedClock, afterMs: number, end: () => { seconds: number }): Work<'countdown'> =>
  async (_payload, { signal }) => {
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    await clockOf().sleep(afterMs);
    return end();
  };

function startFinishing(afterMs: number, end = () => ({ seconds: 9 })) {
  const started: { clock?: FixedClock } = {};
  const clockOf = () => started.clock ?? new FixedClock();
  return Object.assign(started, start(finishing(clockOf, afterMs, end)));
}

describe('a job that never ends', () => {
  test('is told to at its timeout, and abandoned when its grace is over', async () => {
    const { clock, controller, ended } = start(endless);
    await clock.advance(timeoutMs - 1);
    expect(controller.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(controller.signal.reason).toEqual(new JobTimeoutError('not done after 45 s'));
    await clock.advance(graceMs - 1);
    expect(ended).toEqual({});
    await clock.advance(1);
    expect(ended.with).toBeInstanceOf(JobTimeoutError);
  });

  test("is told to before the function's end, if that comes first", async () => {
    const { clock, controller } = start(endless, t0 + 10_000);
    await clock.advance(9_999);
    expect(controller.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(controller.signal.reason).toEqual(new JobTimeoutError('not done after 10 s'));
  });

  test.each([new JobCanceledError('stop'), new LeaseLostError('lost')])(
    'is abandoned after the grace when it is aborted: %s',
    async (reason) => {
      const { clock, controller, ended } = start(endless);
      await clock.advance(5_000);
      controller.abort(reason);
      await clock.advance(graceMs - 1);
      expect(ended).toEqual({});
      await clock.advance(1);
      expect(ended.with).toBe(reason);
    },
  );
});

describe('a job that ends within its grace', () => {
  test('after the timeout has its result accepted', async () => {
    const { clock, ended } = startFinishing(graceMs - 1);
    await clock.advance(timeoutMs + graceMs);
    expect(ended.with).toBe('{"seconds":9}');
  });

  test.each([new JobCanceledError('stop'), new LeaseLostError('lost')])(
    'after an abort does not have its result accepted: %s',
    async (reason) => {
      const { clock, controller, ended } = startFinishing(graceMs - 1);
      controller.abort(reason);
      await clock.advance(graceMs);
      expect(ended.with).toBe(reason);
    },
  );

  test.each([new Error('its own'), new PermanentError('its own')])(
    'with an error ended for the reason that it was told: %s',
    async (own) => {
      const { clock, controller, ended } = startFinishing(1, () => {
        throw own;
      });
      const reason = new JobCanceledError('stop');
      controller.abort(reason);
      await clock.advance(graceMs);
      expect(ended.with).toBe(reason);
    },
  );
});

test('a job that is done in time is not told to end later', async () => {
  const { clock, controller, ended } = start(() => ({ seconds: 1 }));
  await clock.advance(10 * timeoutMs);
  expect(ended.with).toBe('{"seconds":1}');
  expect(controller.signal.aborted).toBe(false);
});
