import { describe, expect, test } from '@jest/globals';
import { StoreUnavailableError } from '../../../../../shared/domain/base/errors.ts';
import { RecentPauses } from '../../../../../shared/domain/state/recent-pauses.ts';
import { FixedClock, t0 } from '../../../../../testkit/fakes/fixed.ts';
import { InMemoryPauses } from '../../../../../testkit/fakes/in-memory-pauses.ts';

function recent() {
  const [pauses, clock] = [new InMemoryPauses(), new FixedClock()];
  let reads = 0;
  pauses.before = () => {
    reads += 1;
  };
  return { pauses, clock, recent: new RecentPauses({ pauses, clock }), reads: () => reads };
}

describe('RecentPauses', () => {
  test('reads once in three seconds, whatever number of jobs asks', async () => {
    const { recent: known, pauses, clock, reads } = recent();
    await Promise.all([known.read(), known.read()]);
    pauses.pauses.set('stage', { at: t0, by: 'key:1' });
    await clock.advance(2_999);
    expect((await known.read()).size).toBe(0);
    expect(reads()).toBe(1);
    await clock.advance(1);
    expect((await known.read()).size).toBe(1);
    expect(reads()).toBe(2);
  });

  test('fails if they cannot be read, and reads again at once', async () => {
    const { recent: known, pauses } = recent();
    pauses.before = () => {
      throw new StoreUnavailableError('no');
    };
    await expect(known.read()).rejects.toThrow(StoreUnavailableError);
    pauses.before = () => undefined;
    expect((await known.read()).size).toBe(0);
  });
});
