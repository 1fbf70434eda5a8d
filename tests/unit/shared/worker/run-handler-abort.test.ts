import { describe, expect, test } from '@jest/globals';
import { contracts } from '../../../../job-types/contracts.ts';
import {
  JobCanceledError,
  JobTimeoutError,
  LeaseLostError,
  PermanentError,
} from '../../../../shared/job/errors.ts';
import { SecretValues } from '../../../../shared/job/secret-values.ts';
import { HandOver } from '../../../../shared/worker/error-policy.ts';
import { runHandler } from '../../../../shared/worker/run-handler.ts';
import { FixedClock } from '../../../../testkit/fakes/fixed.ts';
import { type AllHandlers, handlers } from '../../../set-ups/handlers.ts';
import { aJobContext } from '../../../set-ups/job-context.ts';

const timeoutMs = 45_000;
const graceMs = 2_000;

/** Starts a job. `ended` gets its result or its error when it ends. */
function start(
  handlerOn: (clock: FixedClock) => AllHandlers['countdown'],
  timeLeftMs = timeoutMs,
  found: (clock: FixedClock) => Promise<void> = async () => {},
) {
  const clock = new FixedClock();
  const controller = new AbortController();
  const ended: { with?: unknown } = {};
  const context = async () => {
    await found(clock);
    return aJobContext({ signal: controller.signal });
  };
  runHandler(
    {
      type: 'countdown',
      payload: { seconds: 1 },
      context,
      store: async (result) => ({ result }),
      controller,
      secrets: new SecretValues(),
      timeLeftMs,
    },
    { contracts, handlers: { ...handlers, countdown: handlerOn(clock) }, clock },
  ).then(
    ({ result }) => Object.assign(ended, { with: result }),
    (error: unknown) => Object.assign(ended, { with: error }),
  );
  return { clock, controller, ended };
}

const endless = (): AllHandlers['countdown'] => () => new Promise(() => {});

/** A handler that ends `afterMs` after its signal was aborted. */
const finishing =
  (afterMs: number, end: () => { seconds: number }) =>
  (clock: FixedClock): AllHandlers['countdown'] =>
  async (_payload, { signal }) => {
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    await clock.sleep(afterMs);
    return end();
  };
const resultOfNine = () => ({ seconds: 9 });

describe('runHandler, for a handler that does not end,', () => {
  test('aborts the signal at the timeout, and rejects when the grace period is over', async () => {
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

  test('counts the time in which its state is found, which may be a copy of 5 GB', async () => {
    const { clock, controller, ended } = start(endless, timeoutMs, (toWait) => toWait.sleep(40_000));
    await clock.advance(timeoutMs);
    expect(controller.signal.reason).toBeInstanceOf(JobTimeoutError);
    await clock.advance(graceMs);
    expect(ended.with).toBeInstanceOf(JobTimeoutError);
  });

  test('does not wait for its state when it is canceled', async () => {
    const { clock, controller, ended } = start(endless, timeoutMs, (toWait) => toWait.sleep(40_000));
    controller.abort(new JobCanceledError('stop'));
    await clock.advance(graceMs);
    expect(ended.with).toBeInstanceOf(JobCanceledError);
  });

  test.each([
    ['JobCanceledError', new JobCanceledError('stop')],
    ['LeaseLostError', new LeaseLostError('lost')],
  ])('rejects with the reason of an abort, a %s, when the grace period is over', async (_name, reason) => {
    const { clock, controller, ended } = start(endless);
    await clock.advance(5_000);
    controller.abort(reason);
    await clock.advance(graceMs - 1);
    expect(ended).toEqual({});
    await clock.advance(1);
    expect(ended.with).toBe(reason);
  });
});

describe('runHandler, for a handler that ends within the grace period,', () => {
  test('returns the result after a timeout', async () => {
    const { clock, ended } = start(finishing(graceMs - 1, resultOfNine));
    await clock.advance(timeoutMs + graceMs);
    expect(ended.with).toBe('{"seconds":9}');
  });

  test.each([
    ['JobCanceledError', new JobCanceledError('stop')],
    ['LeaseLostError', new LeaseLostError('lost')],
    ['HandOver', new HandOver()],
  ])('rejects with the reason of an abort, a %s, instead of returning the result', async (_name, reason) => {
    const { clock, controller, ended } = start(finishing(graceMs - 1, resultOfNine));
    await clock.advance(5_000);
    controller.abort(reason);
    await clock.advance(graceMs);
    expect(ended.with).toBe(reason);
  });

  test.each([
    ['Error', new Error('of the handler')],
    ['PermanentError', new PermanentError('of the handler')],
  ])('rejects with the reason of an abort instead of the %s of the handler', async (_name, error) => {
    const throwing = () => {
      throw error;
    };
    const { clock, controller, ended } = start(finishing(1, throwing));
    await clock.advance(5_000);
    const reason = new JobCanceledError('stop');
    controller.abort(reason);
    await clock.advance(graceMs);
    expect(ended.with).toBe(reason);
  });
});

test('runHandler does not abort the signal after the handler has ended in time', async () => {
  const { clock, controller, ended } = start(() => resultOfNine);
  await clock.advance(10 * timeoutMs);
  expect(ended.with).toBe('{"seconds":9}');
  expect(controller.signal.aborted).toBe(false);
});
