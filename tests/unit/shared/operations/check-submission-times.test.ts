import { describe, expect, test } from '@jest/globals';
import { InvalidRequestError } from '../../../../shared/job/errors.ts';
import { decideStart } from '../../../../shared/operations/check-submission.ts';
import { dayMs, t0 } from '../../../fakes/samples.ts';

describe('decideStart', () => {
  test.each([
    ['no start time if there is neither a delay nor a time', {}, undefined],
    ['no start time for a delay of 0', { delaySeconds: 0 }, undefined],
    ['the end of the delay', { delaySeconds: 90 }, t0 + 90_000],
    ['the end of the maximum delay', { delaySeconds: 14 * 24 * 3600 }, t0 + 14 * dayMs],
    ['the given time if it is now', { runAt: t0 }, t0],
    ['the given time if it is ahead', { runAt: t0 + 1 }, t0 + 1],
    ['the given time if it is 14 days ahead', { runAt: t0 + 14 * dayMs }, t0 + 14 * dayMs],
  ])('returns %s', (_what, timed, at) => {
    expect(decideStart(timed, t0)).toBe(at);
  });

  test.each([
    [t0 - 1, 'is in the past'],
    [0, 'is in the past'],
    [t0 + 14 * dayMs + 1, 'is more than 14 days ahead'],
    [Date.UTC(9999, 0), 'is more than 14 days ahead'],
  ])('rejects the time %d, which %s', (runAt, detail) => {
    const deciding = () => decideStart({ runAt }, t0);
    expect(deciding).toThrow(InvalidRequestError);
    expect(deciding).toThrow(expect.objectContaining({ violations: [{ pointer: '/runAt', detail }] }));
  });
});
