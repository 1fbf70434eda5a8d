import { describe, expect, test } from '@jest/globals';
import { InvalidRequestError } from '../../../../shared/job/errors.ts';
import { decideStart } from '../../../../shared/operations/check-submission.ts';
import { dayMs, t0 } from '../../../fakes/samples.ts';

describe('the time a job may run at', () => {
  test.each([
    ['at once, if nothing was said', {}, undefined],
    ['at once, without a delay', { delaySeconds: 0 }, undefined],
    ['after its delay', { delaySeconds: 90 }, t0 + 90_000],
    ['after the longest delay', { delaySeconds: 14 * 24 * 3600 }, t0 + 14 * dayMs],
    ['now', { runAt: t0 }, t0],
    ['at its time', { runAt: t0 + 1 }, t0 + 1],
    ['at the latest time there is', { runAt: t0 + 14 * dayMs }, t0 + 14 * dayMs],
  ])('is %s', (_what, asked, at) => {
    expect(decideStart(asked, t0)).toBe(at);
  });

  test.each([
    [t0 - 1, 'is in the past'],
    [0, 'is in the past'],
    [t0 + 14 * dayMs + 1, 'is more than 14 days ahead'],
    [Date.UTC(9999, 0), 'is more than 14 days ahead'],
  ])('is not %d: it %s', (runAt, detail) => {
    const asking = () => decideStart({ runAt }, t0);
    expect(asking).toThrow(InvalidRequestError);
    expect(asking).toThrow(expect.objectContaining({ violations: [{ pointer: '/runAt', detail }] }));
  });
});
