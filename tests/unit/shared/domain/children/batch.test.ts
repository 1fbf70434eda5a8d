import { describe, expect, test } from '@jest/globals';
import { isEnded, shardExpiryOf } from '../../../../../shared/domain/children/batch.ts';
import { t0 } from '../../../../../testkit/fakes/fixed.ts';
import { dayMs } from '../../../../set-ups/samples.ts';

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
  [undefined, 400],
  [15 * dayMs, 400],
  [500 * dayMs, 500],
])(
  'if children are kept for %s ms, a shard is kept for %s days: longer than any wait',
  (keepChildrenMs, days) => {
    expect(shardExpiryOf(t0, keepChildrenMs)).toBe(Math.ceil((t0 + days * dayMs) / 1000));
  },
);
