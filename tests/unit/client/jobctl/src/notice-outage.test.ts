import { expect, test } from '@jest/globals';
import { noticeOutage } from '../../../../../client/jobctl/src/notice-outage.ts';

const request = new Request('http://127.0.0.1:9/jobs');

/** Asks at each second with this answer: a status, or none. @returns the seconds of the outages that were told */
async function toldOf(answers: Readonly<Record<number, number | undefined>>): Promise<readonly number[]> {
  const told: number[] = [];
  let [at, status]: [number, number | undefined] = [0, undefined];
  const fetch = noticeOutage(
    async () => {
      if (status === undefined) throw new TypeError('fetch failed');
      return new Response(null, { status });
    },
    { now: () => at * 1000, tell: (seconds) => told.push(seconds) },
  );
  for (const [second, answer] of Object.entries(answers)) {
    [at, status] = [Number(second), answer];
    await fetch(request).catch(() => undefined);
  }
  return told;
}

test('an API that has not answered for some seconds is told of, once', async () => {
  expect(await toldOf({ 0: 200, 10: undefined, 14: undefined, 16: undefined, 30: 503 })).toEqual([6]);
});

test('a moment without an answer is not told of, and neither is an answer that comes late', async () => {
  expect(await toldOf({ 0: undefined, 4: 503, 5: 200, 60: undefined, 61: 404 })).toEqual([]);
});

test('the next outage is told of, too', async () => {
  expect(await toldOf({ 0: undefined, 8: undefined, 9: 304, 20: 502, 30: 503 })).toEqual([8, 10]);
});
