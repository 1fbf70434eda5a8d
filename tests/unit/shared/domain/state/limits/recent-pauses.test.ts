import { describe, expect, test } from '@jest/globals';
import { StoreUnavailableError } from '../../../../../../shared/domain/base/errors.ts';
import { RecentPauses } from '../../../../../../shared/domain/state/limits/recent-pauses.ts';
import { FixedClock, t0 } from '../../../../../../testkit/fakes/fixed.ts';
import { somePauses } from '../../../../../set-ups/pauses.ts';

function recent() {
  const [pauses, clock] = [somePauses(), new FixedClock()];
  let reads = 0;
  pauses.records.before = () => {
    reads += 1;
  };
  return { pauses, clock, recent: new RecentPauses({ pauses, clock }), reads: () => reads };
}

describe('RecentPauses', () => {
  test('reads once in two seconds, whatever number of jobs asks', async () => {
    const { recent: known, pauses, clock, reads } = recent();
    await Promise.all([known.read(), known.read()]);
    pauses.pauses.set('stage', { at: t0, by: 'key:1' });
    await clock.advance(1_999);
    expect((await known.read()).size).toBe(0);
    expect(reads()).toBe(1);
    await clock.advance(1_001);
    expect((await known.read()).size).toBe(1);
    expect(reads()).toBe(2);
  });

  test('reads ahead when they are two seconds old, and nobody waits for that', async () => {
    const { recent: known, pauses, clock, reads } = recent();
    await known.read();
    pauses.pauses.set('stage', { at: t0, by: 'key:1' });
    await clock.advance(2_000);
    expect((await known.read()).size).toBe(0);
    await clock.advance(1_999);
    expect((await known.read()).size).toBe(1);
    expect(reads()).toBe(2);
  });

  test('one that is read ahead counts from its beginning, and one without an answer is waited for', async () => {
    const { pauses, clock } = recent();
    const answers: (() => void)[] = [];
    const slow = {
      read: () => new Promise<void>((answer) => answers.push(answer)).then(() => pauses.read()),
    };
    const known = new RecentPauses({ pauses: slow, clock });
    const first = known.read();
    answers[0]?.();
    await first;
    await clock.advance(2_500);
    await known.read();
    await clock.advance(500);
    const waits = known.read();
    expect(answers).toHaveLength(2);
    await clock.advance(2_500);
    // A process that was frozen: nobody waits for that answer any more.
    const later = known.read();
    expect(answers).toHaveLength(3);
    answers[2]?.();
    pauses.pauses.set('stage', { at: t0, by: 'key:1' });
    expect((await later).size).toBe(1);
    answers[1]?.();
    await waits;
    expect((await known.read()).size).toBe(1);
  });

  test('one ahead that fails changes nothing, and is begun again', async () => {
    const { recent: known, pauses, clock, reads } = recent();
    await known.read();
    await clock.advance(2_000);
    const { before } = pauses.records;
    pauses.records.before = () => {
      throw new StoreUnavailableError('no');
    };
    expect((await known.read()).size).toBe(0);
    await clock.advance(1);
    pauses.records.before = before;
    expect((await known.read()).size).toBe(0);
    expect(reads()).toBe(2);
  });

  test('fails if they cannot be read, and reads again at once', async () => {
    const { recent: known, pauses } = recent();
    pauses.records.before = () => {
      throw new StoreUnavailableError('no');
    };
    await expect(known.read()).rejects.toThrow(StoreUnavailableError);
    pauses.records.before = () => undefined;
    expect((await known.read()).size).toBe(0);
  });
});
