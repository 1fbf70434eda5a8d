import { describe, expect, test } from '@jest/globals';
import { NewerVersionError } from '../../../../shared/job/errors.ts';
import { readItem } from '../../../../shared/job/item.ts';
import { claimWrite, failUnclaimedWrite } from '../../../../shared/job/message-writes.ts';
import { currentVersion } from '../../../../shared/job/version.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { holds } from '../../../../testkit/fakes/in-memory-job-store.ts';
import { aMessage, aQueuedItem, leaseMs, retentionMs } from '../../../set-ups/samples.ts';

const newer = { ...aQueuedItem(), version: currentVersion + 1 };

describe('an item of a newer version', () => {
  test('is not read, whatever its shape', () => {
    expect(() => readItem(newer)).toThrow(NewerVersionError);
    expect(() => readItem({ version: currentVersion + 1, all: 'new' })).toThrow(NewerVersionError);
    expect(readItem(aQueuedItem())).toEqual(aQueuedItem());
  });

  test('is not changed by old code that has its message', () => {
    const writes = [
      claimWrite(aMessage(), { now: t0, claimId: 'my claim', leaseMs }),
      failUnclaimedWrite(aMessage(), { now: t0, retentionMs, error: { name: 'Error', message: 'no' } }),
    ];
    for (const { condition } of writes) {
      expect(holds(condition, aQueuedItem())).toBe(true);
      expect(holds(condition, newer as never)).toBe(false);
    }
  });
});
