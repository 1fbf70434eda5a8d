import { describe, expect, test } from '@jest/globals';
import { InvalidRequestError } from '../../../../shared/job/errors.ts';
import { decideStart, requireTimeToStart } from '../../../../shared/operations/check-submission.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { dayMs } from '../../../set-ups/samples.ts';

describe('decideStart', () => {
  test.each([
    ['no start time if there is neither a delay nor a time', {}, undefined],
    ['no start time for a delay of 0', { delaySeconds: 0 }, undefined],
    ['the end of the delay', { delaySeconds: 90 }, t0 + 90_000],
    ['the end of the maximum delay', { delaySeconds: 365 * 24 * 3600 }, t0 + 365 * dayMs],
    ['the given time if it is now', { runAt: t0 }, t0],
    ['the given time if it is ahead', { runAt: t0 + 1 }, t0 + 1],
    ['the given time if it is 365 days ahead', { runAt: t0 + 365 * dayMs }, t0 + 365 * dayMs],
  ])('returns %s', (_what, timed, at) => {
    expect(decideStart(timed, t0)).toBe(at);
  });

  test.each([
    [t0 - 1, 'is in the past'],
    [0, 'is in the past'],
    [t0 + 365 * dayMs + 1, 'is more than 365 days ahead'],
    [Date.UTC(9999, 0), 'is more than 365 days ahead'],
  ])('rejects the time %d, which %s', (runAt, detail) => {
    const deciding = () => decideStart({ runAt }, t0);
    expect(deciding).toThrow(InvalidRequestError);
    expect(deciding).toThrow(expect.objectContaining({ violations: [{ pointer: '/runAt', detail }] }));
  });
});

describe('requireTimeToStart', () => {
  const keyed = { idempotencyKey: 'a key' };
  const minutes = 60_000;

  test.each([
    ['no time by which it must have started', {}],
    ['a millisecond to start', { startBefore: t0 + 1 }],
    ['a millisecond between its two times', { runAt: t0 + 9, startBefore: t0 + 10 }],
    ['years to start', { startBefore: Date.UTC(9999, 0) }],
    ['a key, and was late by less than 5 minutes', { ...keyed, startBefore: t0 - 5 * minutes + 1 }],
    ['a key and two times that are over', { ...keyed, runAt: t0 - 2, startBefore: t0 - 1 }],
  ])('accepts a job that has %s', (_what, timed) => {
    expect(() => requireTimeToStart(timed, t0)).not.toThrow();
  });

  const past = 'is in the past';
  const early = 'is not after the time of runAt';
  test.each([
    ['now', { startBefore: t0 }, past],
    ['in 1970', { startBefore: 0 }, past],
    ['5 minutes ago, with a key', { ...keyed, startBefore: t0 - 5 * minutes }, past],
    ['when it may run at the earliest', { runAt: t0 + 9, startBefore: t0 + 9 }, early],
    ['before it may run', { runAt: t0 + 9, startBefore: t0 + 8 }, early],
    ['before it may run, with a key', { ...keyed, runAt: t0 - 1, startBefore: t0 - 2 }, early],
  ])('rejects a job that must have started %s', (_what, timed, detail) => {
    const requiring = () => requireTimeToStart(timed, t0);
    expect(requiring).toThrow(InvalidRequestError);
    expect(requiring).toThrow(expect.objectContaining({ violations: [{ pointer: '/startBefore', detail }] }));
  });
});
