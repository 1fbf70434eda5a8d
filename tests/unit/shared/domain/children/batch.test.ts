import { describe, expect, test } from '@jest/globals';
import {
  isEnded,
  isTimeToLook,
  nextRoundAt,
  shardExpiryOf,
  unsuccessfulIn,
} from '../../../../../shared/domain/children/batch.ts';
import { t0 } from '../../../../../testkit/fakes/fixed.ts';
import { aRoot, dayMs } from '../../../../set-ups/samples.ts';

describe('isEnded', () => {
  test.each([
    ['has not ended', false, { parentRun: 1 }],
    ['has ended', true, { parentRun: 1, endedRun: 1 }],
    ['has ended, and has asked for them again in a later run', false, { parentRun: 2, endedRun: 1 }],
    ['has ended, and so has a later run that did not ask for them', true, { parentRun: 1, endedRun: 2 }],
  ])('children whose parent %s: %s', (_what, is, root) => {
    expect(isEnded(root)).toBe(is);
  });
});

test.each([
  ['later', t0 + 5, {}, t0 + 5],
  ['at the same time', t0, {}, t0 + 1],
  ['by a clock that is behind', t0 - 60_000, { roundAt: t0 + 9 }, t0 + 10],
])('the next round that is begun %s has a later time', (_when, now, over, at) => {
  expect(nextRoundAt(aRoot(over), now)).toBe(at);
});

test('nobody looks for what was lost before a quarter of an hour after the round began, and after the look before', () => {
  const root = aRoot({ roundAt: t0 + dayMs });
  const pauseMs = 15 * 60_000;
  expect(isTimeToLook(root, t0 + dayMs + pauseMs - 1)).toBe(false);
  expect(isTimeToLook(root, t0 + dayMs + pauseMs)).toBe(true);
  expect(isTimeToLook({ ...root, lookedAt: t0 + 3 * dayMs }, t0 + 3 * dayMs + pauseMs - 1)).toBe(false);
});

test('of two numbers of one shard, the higher one counts', () => {
  const root = aRoot({ fullUnsuccessful: new Set(['12/3', '0/100', '12/10']) });
  expect([...unsuccessfulIn(root)]).toEqual([
    [12, 10],
    [0, 100],
  ]);
});

test.each([
  [undefined, 400],
  [15 * dayMs, 400],
  [500 * dayMs, 500],
])(
  'if children are kept for %s ms, a shard is kept for %s days: longer than any wait',
  (keepChildrenMs, days) => {
    expect(shardExpiryOf(t0, keepChildrenMs)).toBe(Math.ceil((t0 + days * dayMs) / 1000));
  },
);
