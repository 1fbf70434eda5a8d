import { describe, expect, test } from '@jest/globals';
import { contracts } from '../../../../job-types/contracts.ts';
import {
  JobCanceledError,
  JobTimeoutError,
  LeaseLostError,
  PermanentError,
} from '../../../../shared/job/errors.ts';
import { HandOver } from '../../../../shared/worker/error-policy.ts';
import { runHandler } from '../../../../shared/worker/run-handler.ts';
import { FixedClock } from '../../../fakes/fixed.ts';
import { type AllHandlers, handlers } from '../../../fakes/handlers.ts';
import { aJobContext } from '../../../fakes/job-context.ts';

const timeoutMs = 45_000;
const graceMs = 2_000;

/** Starts a job; `ended` is how it ended so far. */
function start(workOn: (clock: FixedClock) => AllHandlers['countdown'], timeLeftMs = timeoutMs) {
  const clock = new FixedClock();
  const controller = new AbortController();
  const ended: { with?: unknown } = {};
  const context = () => aJobContext({ signal: controller.signal });
  runHandler(
    { type: 'countdown', payload: { seconds: 1 }, context, controller, timeLeftMs },
    { contracts, handlers: { ...handlers, countdown: workOn(clock) }, clock },
  ).then(
    (result) => Object.assign(ended, { with: result }),
    (error: unknown) => Object.assign(ended, { with: error }),
  );
  return { clock, controller, ended };
}

const endless = (): AllHandlers['countdown'] => () => new Promise(() => {});

/** Heeds the signal, but takes its time. */
const finishing =
  (afterMs: number, end: () => { seconds: number }) =>
  (clock: FixedClock): AllHandlers['countdown'] =>
  async (_payload, { signal }) => {
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    await clock.sleep(afterMs);
    return end();
  };
const nine = () => ({ seconds: 9 });

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
    const { clock, ended } = start(finishing(graceMs - 1, nine));
    await clock.advance(timeoutMs + graceMs);
    expect(ended.with).toBe('{"seconds":9}');
  });

  test.each([new JobCanceledError('stop'), new LeaseLostError('lost'), new HandOver()])(
    'after an abort does not have its result accepted: %s',
    async (reason) => {
      const { clock, controller, ended } = start(finishing(graceMs - 1, nine));
      await clock.advance(5_000);
      controller.abort(reason);
      await clock.advance(graceMs);
      expect(ended.with).toBe(reason);
    },
  );

  test.each([new Error('its own'), new PermanentError('its own')])(
    'with an error ended for the reason that it was told: %s',
    async (own) => {
      const throwing = () => {
        throw own;
      };
      const { clock, controller, ended } = start(finishing(1, throwing));
      await clock.advance(5_000);
      const reason = new JobCanceledError('stop');
      controller.abort(reason);
      await clock.advance(graceMs);
      expect(ended.with).toBe(reason);
    },
  );
});

test('a job that is done in time is not told to end later', async () => {
  const { clock, controller, ended } = start(() => nine);
  await clock.advance(10 * timeoutMs);
  expect(ended.with).toBe('{"seconds":9}');
  expect(controller.signal.aborted).toBe(false);
});
