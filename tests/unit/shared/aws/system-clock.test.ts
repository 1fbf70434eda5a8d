import { getEventListeners } from 'node:events';
import { expect, test } from '@jest/globals';
import { systemClock } from '../../../../shared/aws/clients.ts';

test.each([2 ** 31, Number.POSITIVE_INFINITY])(
  'a sleep of %d ms, which is more than a timer of Node.js can take, lasts until it is aborted',
  async (milliseconds) => {
    const controller = new AbortController();
    let awake = false;
    const sleeping = systemClock.sleep(milliseconds, controller.signal).then(() => {
      awake = true;
    });
    await systemClock.sleep(50);
    expect(awake).toBe(false);
    controller.abort();
    await sleeping;
  },
);

test('a sleep of 0 ms lets timers run that are due', async () => {
  let timerRan = false;
  setTimeout(() => {
    timerRan = true;
  }, 0);
  await systemClock.sleep(0);
  expect(timerRan).toBe(true);
});

test('a sleep ends at once if its signal is already aborted', async () => {
  await systemClock.sleep(3_600_000, AbortSignal.abort());
});

test('a sleep removes its listener from the signal when it ends', async () => {
  const { signal } = new AbortController();
  await systemClock.sleep(0, signal);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});
