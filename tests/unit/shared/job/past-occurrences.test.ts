import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { occurrencesAfter } from '../../../../shared/job/occurrences.ts';
import { pastOccurrences } from '../../../../shared/job/past-occurrences.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { dayMs } from '../../../set-ups/samples.ts';

const iso = (times: readonly number[]) => times.map((time) => new Date(time).toISOString());
const berlin = (cron: string) => ({ cron, timeZone: 'Europe/Berlin' });

describe('the past occurrences of a schedule', () => {
  test('are the last ones, the latest first, and one that is just now', () => {
    const until = Date.parse('2026-01-02T02:30:00.000Z');
    const range = { since: until - 30 * dayMs, until };
    expect(iso(pastOccurrences(berlin('30 3 * * *'), range, 3))).toEqual([
      '2026-01-02T02:30:00.000Z',
      '2026-01-01T02:30:00.000Z',
      '2025-12-31T02:30:00.000Z',
    ]);
    expect(iso(pastOccurrences(berlin('30 3 * * *'), { ...range, until: until - 1 }, 1))).toEqual([
      '2026-01-01T02:30:00.000Z',
    ]);
  });

  test('have the one with which the time begins', () => {
    const since = Date.parse('2026-01-01T02:30:00.000Z');
    expect(pastOccurrences(berlin('30 3 * * *'), { since, until: since + 1_000 }, 5)).toEqual([since]);
    expect(pastOccurrences(berlin('30 3 * * *'), { since: since + 1_000, until: since + 2_000 }, 5)).toEqual(
      [],
    );
  });

  test('go back no further than asked for', () => {
    const range = { since: t0 - 2 * dayMs, until: t0 };
    expect(pastOccurrences(berlin('30 3 * * *'), range, 5)).toHaveLength(2);
    expect(pastOccurrences(berlin('30 3 1 7 *'), range, 5)).toEqual([]);
    expect(pastOccurrences(berlin('0 0 29 2 *'), range, 5)).toEqual([]);
  });

  test.each([
    ['* * * * *', 0.2],
    ['*/7 9-11 * * *', 2],
    ['0 */3 * * *', 9],
    ['15 2 * * 0', 60],
    ['* 4 1 * *', 40],
    ['0 12 15 * *', 100],
  ])('of %s in %d days are the end of all that came in that time', (cron, maxDays) => {
    const instant = fc.integer({ min: t0 - 200 * dayMs, max: t0 + 200 * dayMs });
    const span = fc.double({ min: 0, max: maxDays, noNaN: true });
    fc.assert(
      fc.property(instant, span, fc.integer({ min: 1, max: 8 }), (until, days, count) => {
        const since = until - Math.floor(days * dayMs);
        const all = occurrencesAfter(berlin(cron), since - 1, 300).filter((time) => time <= until);
        expect(pastOccurrences(berlin(cron), { since, until }, count)).toEqual(all.slice(-count).reverse());
      }),
      { numRuns: 10 },
    );
  });
});
