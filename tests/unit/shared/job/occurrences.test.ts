import { describe, expect, test } from '@jest/globals';
import { occurrencesAfter } from '../../../../shared/job/occurrences.ts';

/** The next occurrences of a cron, ISO 8601 in UTC. */
const next = (cron: string, timeZone: string, { after, count = 3 }: { after: string; count?: number }) =>
  occurrencesAfter({ cron, timeZone }, Date.parse(after), count).map((at) => new Date(at).toISOString());

describe('the occurrences of a schedule', () => {
  test('are strictly after the time, and in local time', () => {
    const after = '2026-06-30T12:00:00.000Z';
    expect(next('0 * * * *', 'Europe/Berlin', { after })).toEqual([
      '2026-06-30T13:00:00.000Z',
      '2026-06-30T14:00:00.000Z',
      '2026-06-30T15:00:00.000Z',
    ]);
    expect(next('30 17 * * 1-5', 'Asia/Kolkata', { after, count: 4 })).toEqual([
      '2026-07-01T12:00:00.000Z',
      '2026-07-02T12:00:00.000Z',
      '2026-07-03T12:00:00.000Z',
      '2026-07-06T12:00:00.000Z',
    ]);
  });

  test.each(['2026-06-30T11:59:59.999Z', '2026-06-30T11:59:00.001Z'])(
    'after %s begin at the next',
    (after) => {
      expect(next('* * * * *', 'UTC', { after, count: 1 })).toEqual(['2026-06-30T12:00:00.000Z']);
    },
  );

  test('are those of the cron as it is translated, also where a library reads it in another way', () => {
    expect(next('0 0 * * SUN-SUN', 'UTC', { after: '2026-06-30T12:00:00Z', count: 2 })).toEqual([
      '2026-07-05T00:00:00.000Z',
      '2026-07-12T00:00:00.000Z',
    ]);
  });

  test('follow the clocks through a year', () => {
    expect(next('0 3 1 */6 *', 'Europe/Berlin', { after: '2026-01-01T00:00:00Z', count: 3 })).toEqual([
      '2026-01-01T02:00:00.000Z',
      '2026-07-01T01:00:00.000Z',
      '2027-01-01T02:00:00.000Z',
    ]);
  });
});

describe('a time that is left out when clocks go forward', () => {
  test('is left out', () => {
    expect(next('30 2 * * *', 'Europe/Berlin', { after: '2026-03-27T12:00:00Z' })).toEqual([
      '2026-03-28T01:30:00.000Z',
      '2026-03-30T00:30:00.000Z',
      '2026-03-31T00:30:00.000Z',
    ]);
  });

  test('is left out of a cron of every hour', () => {
    expect(next('30 * * * *', 'America/New_York', { after: '2026-03-08T06:00:00Z' })).toEqual([
      '2026-03-08T06:30:00.000Z',
      '2026-03-08T07:30:00.000Z',
      '2026-03-08T08:30:00.000Z',
    ]);
  });

  test('is left out where clocks go forward by half an hour', () => {
    expect(next('15 2 * * *', 'Australia/Lord_Howe', { after: '2026-10-03T00:00:00Z', count: 2 })).toEqual([
      '2026-10-04T15:15:00.000Z',
      '2026-10-05T15:15:00.000Z',
    ]);
    expect(next('30 2 * * *', 'Australia/Lord_Howe', { after: '2026-10-03T00:00:00Z', count: 1 })).toEqual([
      '2026-10-03T15:30:00.000Z',
    ]);
  });

  test('is left out where clocks go forward at midnight', () => {
    expect(next('0 0 * * *', 'Africa/Cairo', { after: '2026-04-22T23:00:00Z', count: 2 })).toEqual([
      '2026-04-24T21:00:00.000Z',
      '2026-04-25T21:00:00.000Z',
    ]);
  });
});

describe('a time that comes twice when clocks go back', () => {
  test('counts the first time', () => {
    expect(next('30 2 * * *', 'Europe/Berlin', { after: '2026-10-24T12:00:00Z', count: 2 })).toEqual([
      '2026-10-25T00:30:00.000Z',
      '2026-10-26T01:30:00.000Z',
    ]);
  });

  test('counts once in a cron of every hour', () => {
    expect(next('30 * * * *', 'America/New_York', { after: '2026-11-01T05:00:00Z' })).toEqual([
      '2026-11-01T05:30:00.000Z',
      '2026-11-01T07:30:00.000Z',
      '2026-11-01T08:30:00.000Z',
    ]);
  });

  test('has passed, once clocks show it again', () => {
    expect(next('30 2 * * *', 'Europe/Berlin', { after: '2026-10-25T01:10:00Z', count: 1 })).toEqual([
      '2026-10-26T01:30:00.000Z',
    ]);
  });

  test('counts once where clocks go back by half an hour', () => {
    expect(next('*/15 1 * * *', 'Australia/Lord_Howe', { after: '2026-04-04T14:00:00Z', count: 5 })).toEqual([
      '2026-04-04T14:15:00.000Z',
      '2026-04-04T14:30:00.000Z',
      '2026-04-04T14:45:00.000Z',
      '2026-04-05T14:30:00.000Z',
      '2026-04-05T14:45:00.000Z',
    ]);
  });
});

describe('a cron that seldom comes', () => {
  test('comes in the years that have it', () => {
    expect(next('0 12 29 2 *', 'UTC', { after: '2026-01-01T00:00:00Z', count: 2 })).toEqual([
      '2028-02-29T12:00:00.000Z',
      '2032-02-29T12:00:00.000Z',
    ]);
  });
});

describe('a schedule that cannot be read', () => {
  const after = '2026-01-01T00:00:00Z';

  test('has an unknown time zone', () => {
    expect(() => next('0 0 * * *', 'Europe/Atlantis', { after })).toThrow(RangeError);
  });

  test('has a cron that never comes', () => {
    expect(() => next('0 0 30 2 *', 'Europe/Berlin', { after })).toThrow(/never comes/);
  });
});
