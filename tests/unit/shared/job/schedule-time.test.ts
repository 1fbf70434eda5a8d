import { describe, expect, test } from '@jest/globals';
import { shortHash } from '../../../../shared/job/pointer.ts';
import { firesAt, isWithinDelay } from '../../../../shared/job/schedule-time.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';

const minute = 60_000;
const names = Array.from({ length: 600 }, (_, index) => `a-job-1-${shortHash(index)}`);

describe('the time at which a schedule fires', () => {
  const times = names.map((name) => firesAt(name, t0));

  test('is a full minute', () => {
    expect(times.filter((at) => at % minute !== 0)).toEqual([]);
  });

  test('lets the message come early, and no earlier than SQS can delay it, wherever in its minute it fires', () => {
    for (const at of times) {
      expect(t0 - (at + minute)).toBeGreaterThanOrEqual(minute);
      expect(isWithinDelay(t0, at)).toBe(true);
    }
  });

  test('is ahead when a job is too early for a delay of SQS', () => {
    for (const at of times) expect(at - (t0 - 900_000)).toBeGreaterThanOrEqual(minute);
  });

  test('is spread evenly over twelve minutes, and stays the same for a name', () => {
    const counts = new Map<number, number>();
    for (const at of times) counts.set(at, (counts.get(at) ?? 0) + 1);
    expect(counts.size).toBe(12);
    for (const count of counts.values()) expect(count).toBeGreaterThan(25);
    expect(names.map((name) => firesAt(name, t0))).toEqual(times);
  });
});
