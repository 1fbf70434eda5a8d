import { expect, test } from '@jest/globals';
import { stopOnSignals } from '../../../server/stop-on-signals.ts';
import { FixedClock } from '../../../testkit/fakes/fixed.ts';
import { recordedLog } from '../../../testkit/fakes/recorded-log.ts';

const aStop = () => {
  const clock = new FixedClock();
  const { requested, drained } = stopOnSignals({ drainSeconds: 30, clock, log: recordedLog() });
  return { clock, steps: () => [requested.aborted, drained.aborted] };
};

test('a signal requests the stop, and the time to end runs out after the drain seconds', async () => {
  const { clock, steps } = aStop();
  expect(steps()).toEqual([false, false]);
  process.emit('SIGTERM', 'SIGTERM');
  expect(steps()).toEqual([true, false]);
  await clock.advance(29_999);
  expect(steps()).toEqual([true, false]);
  await clock.advance(1);
  expect(steps()).toEqual([true, true]);
});

test('a second signal ends that time at once', async () => {
  const { clock, steps } = aStop();
  process.emit('SIGINT', 'SIGINT');
  await clock.advance(1_000);
  process.emit('SIGTERM', 'SIGTERM');
  expect(steps()).toEqual([true, true]);
});

test('one Ctrl-C that comes twice, from the terminal and from npm, is no second signal', async () => {
  const { clock, steps } = aStop();
  process.emit('SIGINT', 'SIGINT');
  process.emit('SIGINT', 'SIGINT');
  await clock.advance(999);
  process.emit('SIGINT', 'SIGINT');
  expect(steps()).toEqual([true, false]);
});
