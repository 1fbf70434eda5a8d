import { expect, test } from '@jest/globals';
import { shardExpiryOf } from '../../../../../shared/domain/children/batch.ts';
import { t0 } from '../../../../../testkit/fakes/fixed.ts';
import { dayMs } from '../../../../set-ups/samples.ts';

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
