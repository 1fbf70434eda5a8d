import { describe, expect, test } from '@jest/globals';
import { shortTime } from '../../../../functions/pages/html/chart.ts';
import { showStats } from '../../../../functions/pages/stage/show-stats.ts';
import { InvalidRequestError } from '../../../../shared/domain/base/errors.ts';
import type { CountedValue } from '../../../../shared/domain/observe/prometheus.ts';
import { failingQueues, statsRanges } from '../../../../shared/domain/observe/stage-series.ts';
import { InMemorySeries } from '../../../../testkit/fakes/in-memory-series.ts';
import { contracts } from '../../../job-types/contracts.ts';
import { aRequest } from '../../../set-ups/samples.ts';

const now = Date.UTC(2026, 0, 9, 12, 1, 30);
const counted = { queue: 'long', type: 'counting', at: now, value: 1 } as const;

async function show(
  values: readonly CountedValue[],
  rawQueryString = '',
  metrics: 'off' | 'queue' | 'type' = 'type',
) {
  const series = new InMemorySeries();
  for (const value of values) series.add(value);
  const { statusCode, body = '' } = await showStats(aRequest({ rawQueryString }), {
    ...{ series, metrics, contracts, clock: { now: () => now }, page: { isSignedIn: true } },
  });
  expect(statusCode).toBe(200);
  return body;
}

const minute = 60_000;
const delay = (value: number, ago: number): CountedValue => ({
  ...{ ...counted, metric: 'StartDelay', value, at: now - ago * minute },
});
const ended = (metric: 'JobsSucceeded' | 'JobsFailed', ago = 0): CountedValue => ({
  ...{ ...counted, metric, at: now - ago * minute },
});
const pathsIn = (body: string, name: string) =>
  [...body.matchAll(new RegExp(`<path class="${name}"[^>]* d="([^"]*)"`, 'g'))].map(([, path]) => path);

describe('the page of statistics', () => {
  test('a delay that nobody had is a gap, and jobs that nobody had are no bar', async () => {
    const body = await show([delay(100, 0), delay(100, 2), delay(200, 8), ended('JobsSucceeded')]);
    // Two values beside each other are a line, and one alone is a short one.
    expect(pathsIn(body, 'p50')).toEqual([expect.stringMatching(/^M[\d. ]+m-3 0h6M[\d. ]+L[\d. ]+$/)]);
    expect(pathsIn(body, 'ended')).toEqual([expect.stringMatching(/^M[\d. ]+v-[\d.]+h[\d.]+v[\d.]+z$/)]);
    expect(pathsIn(body, 'hatched')).toEqual(['']);
    expect(body).toMatch(/aria-label="Start delay of long: p50 at most 200 ms, p95 at most 200 ms/);
    expect(body).toContain('<tr><th scope="row">12:00</th><td>1</td><td>0</td><td>0.0 %</td><td>100 ms</td>');
    expect(body).toContain('<tr><th scope="row">11:52</th><td>0</td><td>0</td><td>–</td><td>200 ms</td>');
  });

  test('says how many jobs ended, how fast, and which share failed', async () => {
    const values = [...Array(27).fill(ended('JobsSucceeded')), ...Array(3).fill(ended('JobsFailed', 10))];
    expect(await show(values)).toContain('<p>30 jobs ended, 30 an hour. 3 failed: 10.0 %.</p>');
    expect(await show(values, 'range=day')).toContain('<p>30 jobs ended, 1.3 an hour. 3 failed: 10.0 %.</p>');
    expect(await show(values, 'range=week')).toContain('<p>30 jobs ended, 4.3 a day. 3 failed: 10.0 %.</p>');
    expect(await show([ended('JobsSucceeded')])).toContain('1 job ended, 1 an hour. None failed.');
    expect(await show([delay(5, 0)])).toContain('<p>No job has ended.</p>');
  });

  test('says that there is nothing, and where', async () => {
    const body = await show([], 'range=week&type=');
    expect(body).toContain('Nothing was counted in the last week in: standard, long,');
    expect(body).not.toContain('<svg');
    expect(await show([], '', 'off')).toContain('its parameter <code>metrics</code> is false');
  });

  test('is of one type where the stage counts by type, and refuses others', async () => {
    const values = [ended('JobsSucceeded'), { ...ended('JobsSucceeded'), type: 'another' }];
    expect(await show(values, 'type=counting')).toContain('1 job ended');
    expect(await show(values, 'type=counting')).toContain('<option selected>counting</option>');
    expect(await show(values)).toContain('2 jobs ended');
    expect(await show(values, '', 'queue')).not.toContain('<select');
    for (const [query, metrics] of [
      ['type=none', 'type'],
      ['type=counting', 'queue'],
      ['range=year', 'type'],
    ] as const)
      await expect(show([], query, metrics)).rejects.toThrow(InvalidRequestError);
  });

  test('is small enough, however busy all queues are', async () => {
    const periods = Object.values(statsRanges).flatMap(({ periodSeconds, periods: count }) =>
      Array.from({ length: count }, (_, at) => at * periodSeconds * 1000),
    );
    const values = failingQueues.flatMap((queue) =>
      periods.flatMap((ago) =>
        (['JobsSucceeded', 'JobsFailed', 'StartDelay', 'Duration'] as const).map((metric) => ({
          ...{ ...counted, queue, metric, at: now - ago, value: 40_000 + (ago % 7_919) },
        })),
      ),
    );
    const sizes = await Promise.all(
      Object.keys(statsRanges).map(async (range) => Buffer.byteLength(await show(values, `range=${range}`))),
    );
    expect(Math.max(...sizes)).toBeGreaterThan(20_000);
    expect(Math.max(...sizes)).toBeLessThan(60 * 1024);
  });

  test.each([
    [0, '0 ms'],
    [999.6, '1 s'],
    [1_250, '1.3 s'],
    [59_000, '59 s'],
    [90_000, '1.5 min'],
    [9_000_000, '2.5 h'],
  ])('%i ms are %s', (time, text) => {
    expect(shortTime(time)).toBe(text);
  });
});
