import { expect, test } from '@jest/globals';
import {
  countAgainMs,
  isHalfFull,
  type JobCount,
  mayCountAgain,
  recounted,
  roomIn,
  secondsToCount,
} from '../../../../../shared/domain/access/job-count.ts';
import { t0 } from '../../../../../testkit/fakes/fixed.ts';

const aCount = (over: Partial<JobCount> = {}): JobCount => ({
  ...{ count: 10, seen: 4, seenAt: t0, raisedAt: t0 },
  ...over,
});
const later = t0 + countAgainMs;

test('there is room for what the limit has beyond the number', () => {
  expect([9, 10, 11, 30].map((max) => roomIn(aCount(), max))).toEqual([0, 0, 1, 20]);
  expect([19, 20, 21].map((max) => isHalfFull(aCount(), max))).toEqual([true, true, false]);
});

test('the index is counted every five seconds at most, whatever the clock of who has counted', () => {
  expect([t0, later - 1, later].map((now) => mayCountAgain(aCount(), now))).toEqual([false, false, true]);
  expect(mayCountAgain(aCount({ seenAt: t0 + 60_000 }), t0)).toBe(true);
  expect([t0, t0 + 1, t0 + 4_001, later, later + 9_000].map((now) => secondsToCount(aCount(), now))).toEqual([
    5, 5, 1, 1, 1,
  ]);
});

test.each([
  // What came in during the last seconds may not be in the index yet.
  ['nothing of the last seconds is indexed', aCount({ raisedAt: later }), 1, 7],
  ['all of it is indexed', aCount({ raisedAt: later }), 7, 10],
  ['nothing came in lately', aCount(), 1, 1],
  ['there are more than the door knows of', aCount(), 12, 12],
  ['the same, and more came in', aCount({ raisedAt: later }), 12, 12],
  ['all have ended', aCount(), 0, 0],
  // The index follows by seconds: a job that came in a moment before the five seconds are over may not be in the index.
  ['the last job came in nearly five seconds ago', aCount({ raisedAt: t0 + 1 }), 1, 7],
  ['the last job came in more than a second ago', aCount({ raisedAt: later - 1_001 }), 0, 6],
])('the number becomes what the index has, and what came in lately: %s', (_, count, unfinished, expected) => {
  expect(recounted(count, unfinished, later)).toBe(expected);
});
