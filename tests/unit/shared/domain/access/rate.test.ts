import { describe, expect, test } from '@jest/globals';
import {
  distanceOf,
  latestBefore,
  microsOf,
  refusalOf,
  roomFor,
} from '../../../../../shared/domain/access/rate.ts';
import { t0 } from '../../../../../testkit/fakes/fixed.ts';

const rates = [1, 7, 59, 600, 60_000, 999_999, 1_000_000];

describe.each(rates)('a rate of %i jobs a minute', (max) => {
  const rate = { limit: 'jobsPerMinute', max, now: t0 } as const;

  test('has room for the jobs of a minute, and for no more, if nothing has come in', () => {
    expect(roomFor(0, rate)).toBe(max);
    expect(roomFor(microsOf(t0), rate)).toBe(max);
    const full = microsOf(t0) + max * distanceOf(1, rate);
    expect(roomFor(full, rate)).toBeLessThanOrEqual(max / 60);
    expect(roomFor(microsOf(t0) + 60_000_000, rate)).toBe(0);
  });

  test('lets in one at a time as many as together, whatever the rounding', () => {
    let arrivesAt = microsOf(t0);
    const jobs = Math.min(max, 1_000);
    for (let job = 1; job <= jobs; job += 1) {
      expect(arrivesAt).toBeLessThanOrEqual(latestBefore(1, rate));
      arrivesAt += distanceOf(1, rate);
    }
    expect(arrivesAt - microsOf(t0)).toBe(jobs * distanceOf(1, rate));
  });

  test('has room again when the refusal says', () => {
    const arrivesAt = microsOf(t0) + 60_000_000;
    const { retryAfterSeconds, ...more } = refusalOf(arrivesAt, rate).exceeded;
    expect(more).toEqual({ limit: 'jobsPerMinute', max, windowSeconds: 60 });
    expect(retryAfterSeconds).toBeGreaterThanOrEqual(1);
    expect(roomFor(arrivesAt, { ...rate, now: t0 + retryAfterSeconds * 1000 })).toBeGreaterThan(0);
    const earlier = t0 + (retryAfterSeconds - 1) * 1000;
    expect(retryAfterSeconds === 1 || roomFor(arrivesAt, { ...rate, now: earlier }) === 0).toBe(true);
  });
});

test('a limit that is lowered counts what has come in', () => {
  const arrivesAt = microsOf(t0) + 30_000_000;
  expect(roomFor(arrivesAt, { limit: 'jobsPerMinute', max: 600, now: t0 })).toBe(300);
  expect(roomFor(arrivesAt, { limit: 'jobsPerMinute', max: 6, now: t0 })).toBe(3);
});
