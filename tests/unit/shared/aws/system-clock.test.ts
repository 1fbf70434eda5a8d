import { getEventListeners } from 'node:events';
import { expect, test } from '@jest/globals';
import { systemClock } from '../../../../shared/aws/clients.ts';

test.each([2 ** 31, Number.POSITIVE_INFINITY])(
  'a sleep of %d ms, which is longer than a timer of Node.js, lasts until it is aborted',
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

test('a sleep of no time lets timers have their turn', async () => {
  let hadItsTurn = false;
  setTimeout(() => {
    hadItsTurn = true;
  }, 0);
  await systemClock.sleep(0);
  expect(hadItsTurn).toBe(true);
});

test('a sleep with a signal that is aborted already is over at once', async () => {
  await systemClock.sleep(3_600_000, AbortSignal.abort());
});

test('a sleep leaves nothing behind at its signal', async () => {
  const { signal } = new AbortController();
  await systemClock.sleep(0, signal);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});
