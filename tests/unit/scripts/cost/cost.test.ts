import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { jobLinesOf, type Load, sumOf } from '../../../../scripts/cost/bill.ts';
import { aligned, unverified } from '../../../../scripts/cost/describe.ts';
import { jobHours } from '../../../../scripts/cost/job-hour.ts';
import { billOf, idleMonth } from '../../../../scripts/cost/month.ts';
import { allWays } from '../../../../scripts/cost/other-ways.ts';
import { priceNames, priceOf, regions } from '../../../../scripts/cost/price-list.ts';
import { prices } from '../../../../shared/domain/observe/prices.ts';
import { projectDir } from '../../../project-copy.ts';

const load: Load = {
  jobs: 1_000_000,
  payloadBytes: 1024,
  durationMs: 200,
  memoryMb: 1024,
  batch: 1,
  polls: 0,
  retries: 0,
  region: 'us-east-1',
  callMs: 10,
  keptDays: 30,
};
/** Of a line, how many for a job. */
const perJob = (over: Partial<Load>, named: string): number => {
  const all = { ...load, ...over };
  const lines = billOf(all).filter(({ part, what }) => `${part}, ${what}` === named);
  return lines.reduce((sum, { amount }) => sum + amount, 0) / all.jobs;
};
const handled = 'work, SQS: receives, deletes, changes';

describe('the bill', () => {
  test('is in proportion to the jobs, and does without what there is none of', () => {
    const lines = jobLinesOf(load);
    expect(sumOf(jobLinesOf({ ...load, jobs: 3e6 }))).toBeCloseTo(3 * sumOf(lines), 6);
    expect(lines.map(({ part }) => part)).not.toContain('polls');
    expect(sumOf(lines)).toBeCloseTo(sumOf(lines, 'submission') + sumOf(lines, 'work'), 6);
  });

  test('has a receive and a delete for a batch, and as many receives as a batch has 64 KB', () => {
    expect(perJob({}, handled)).toBe(2);
    expect(perJob({ batch: 10 }, handled)).toBeCloseTo(0.2);
    expect(perJob({ batch: 10, payloadBytes: 16 * 1024 }, handled)).toBeCloseTo(0.4);
    expect(perJob({ payloadBytes: 100 * 1024 }, handled)).toBe(3);
    expect(perJob({ payloadBytes: 100 * 1024 }, 'submission, SQS: sends')).toBe(2);
  });

  test('has for a further attempt two writes, a receive and a change, and no delete', () => {
    expect(perJob({ retries: 1 }, 'work, DynamoDB: write units')).toBe(4);
    expect(perJob({ retries: 1 }, handled)).toBe(4);
    expect(perJob({ retries: 0.5 }, '`worker`: invocations')).toBe(0);
    expect(perJob({ retries: 0.5 }, 'work, `worker`: invocations')).toBe(1.5);
  });

  test('has a heartbeat every 20 seconds', () => {
    expect(perJob({ durationMs: 45_000 }, 'work, DynamoDB: write units')).toBe(4);
    expect(perJob({ durationMs: 45_000 }, handled)).toBe(4);
  });

  test('has jobs of a batch run side by side: ten times 200 ms are 200 ms, and ten times their own code', () => {
    const seconds = (batch: number) => perJob({ batch }, 'work, `worker`: GB-seconds') * batch;
    expect(seconds(10) - seconds(1)).toBeCloseTo((9 * 1.2 * 1_769) / 1024 / 1000);
  });
});

describe('the month beside the jobs', () => {
  const usdOf = (over: Partial<Load>, what: string): number =>
    sumOf(billOf({ ...load, ...over }).filter((line) => line.what === what));

  test('has each line once, and what an idle stage costs is a part of it', () => {
    const lines = billOf({ ...load, polls: 3 });
    const month = lines.filter(({ part }) => part === 'month');
    expect(new Set(month.map(({ what }) => what)).size).toBe(month.length);
    expect(sumOf(lines)).toBeCloseTo(sumOf(jobLinesOf({ ...load, polls: 3 })) + sumOf(month), 6);
    expect(sumOf(billOf({ ...load, jobs: 0 }))).toBeCloseTo(idleMonth('us-east-1'), 6);
    expect(sumOf(month)).toBeGreaterThan(idleMonth('us-east-1') + 3);
  });

  test('stores jobs for as long as they are kept, and metrics cost no more than a month of them', () => {
    const [stored, recovery] = ['DynamoDB: GB stored', 'DynamoDB: GB of recovery'];
    for (const what of [stored, recovery])
      expect(usdOf({ keptDays: 90 }, what ?? '')).toBeCloseTo(3 * usdOf({}, what ?? ''), 6);
    const metrics = 'CloudWatch: metrics of jobs';
    expect(usdOf({ jobs: 1e9 }, metrics)).toBe(usdOf({}, metrics));
    expect(usdOf({ jobs: 72 }, metrics)).toBeCloseTo(usdOf({}, metrics) / 10, 6);
  });

  test('asks for keys, limits and pauses no more often than processes are invoked', () => {
    const asked = 'DynamoDB: read units of keys, limits and pauses';
    // One a minute at most, of 1.5 + 1 for its submission and 0.5 + 1 for its work.
    expect(perJobOf(asked, { jobs: 1000 })).toBeCloseTo(4);
    expect(perJobOf(asked, { jobs: 1e9 })).toBeLessThan(0.2);
  });
  const perJobOf = (what: string, over: Partial<Load>): number => {
    const all = { ...load, ...over };
    const [line] = billOf(all).filter((each) => each.what === what);
    return (line?.amount ?? 0) / all.jobs;
  };
});

describe('other ways', () => {
  const total = (name: string, over: Partial<Load> = {}): number =>
    sumOf(allWays({ ...load, ...over }).find((way) => way.name === name)?.lines ?? []);

  test('are eight, each with a sum and a note', () => {
    const ways = allWays(load);
    expect(ways).toHaveLength(8);
    for (const { lines, note } of ways) expect([sumOf(lines) > 0, note.length > 10]).toEqual([true, true]);
  });

  test('have what is billed at least: a minute of a task, two transitions, a plan', () => {
    expect(total('AWS Batch on Fargate', { durationMs: 60_000 })).toBe(total('AWS Batch on Fargate'));
    expect(total('AWS Batch on Fargate', { durationMs: 61_000 })).toBeGreaterThan(
      total('AWS Batch on Fargate'),
    );
    expect(total('Step Functions Standard')).toBeGreaterThan(50);
    expect([total('Trigger.dev', { jobs: 1 }), total('Trigger.dev')]).toEqual([50, 50]);
    expect(total('Trigger.dev', { jobs: 1e7 })).toBeCloseTo(250 + 135);
    expect(total('Inngest', { jobs: 2e6 }) - total('Inngest')).toBeGreaterThan(50);
  });

  test('can be asked for a status where there is one', () => {
    const askable = allWays({ ...load, polls: 1 }).filter(({ lines }) => sumOf(lines, 'polls') > 0);
    expect(askable.map(({ name }) => name)).toEqual([
      'here',
      'Step Functions Standard',
      'Lambda durable functions',
      'AWS Batch on Fargate',
    ]);
  });
});

test.each(regions)('an hour of a job costs in %s the less, the more can be interrupted', (region) => {
  const [lambda = 0, fargate = 0, spot = 0] = jobHours(region).map(({ usd }) => usd);
  expect([lambda > fargate, fargate > spot, spot > 0]).toEqual([true, true, true]);
});

describe('the price list', () => {
  test('has for each price what it was compared with', () => {
    for (const region of regions)
      for (const name of priceNames) {
        const { usd, per, page, compared } = priceOf(region, name);
        expect([usd > 0, per > 0, page.startsWith('https://'), compared.length > 5]).toEqual([
          true,
          true,
          true,
          true,
        ]);
      }
  });

  test('has for each price a source with its month, or says that it was not verified', () => {
    const month =
      /\b(January|February|March|April|May|June|July|August|September|October|November|December) 20\d\d\b/;
    const undated = regions.flatMap((region) =>
      priceNames.filter((name) => {
        const { compared, verified } = priceOf(region, name);
        return verified && !month.test(compared);
      }),
    );
    expect(undated).toEqual([]);
  });

  test('says which prices nobody has found, once each', () => {
    expect(unverified(['apiRequest', 'apiRequest', 'request'], 'eu-central-1')).toEqual([
      'HTTP API: requests: $1.2 a million (what one project without a date counts with)',
    ]);
    expect(unverified(['apiRequest', 'request'], 'us-east-1')).toEqual([]);
  });

  test('is the one that functions and servers count with', () => {
    expect(prices).toMatchObject({
      region: 'us-east-1',
      functionGbSecond: priceOf('us-east-1', 'gbSecond').usd,
      serverVcpuHour: priceOf('us-east-1', 'vcpuHour').usd,
      serverGbHour: priceOf('us-east-1', 'gbHour').usd,
    });
  });
});

describe('npm run cost', () => {
  const run = (...args: readonly string[]) =>
    promisify(execFile)(process.execPath, ['scripts/cost.ts', ...args], { cwd: projectDir });

  test('prints a line for everything that is billed, the ways beside it, and what is not verified', async () => {
    const { stdout } = await run(
      '--jobs',
      '1000000',
      '--payload',
      '1KB',
      '--duration',
      '200ms',
      '--polls',
      '3',
    );
    for (const text of [
      'submit: GB-seconds',
      'asked 3 times',
      'Step Functions Express',
      'Fargate Spot',
      'Not verified:',
    ])
      expect(stdout).toContain(text);
  });

  test('gives programs the same, in JSON', async () => {
    const { stdout } = await run('--json', '--batch', '10', '--region', 'eu-central-1');
    const shape = z.object({
      load: z.object({ batch: z.literal(10), region: z.literal('eu-central-1') }),
      lines: z.array(z.object({ part: z.string(), what: z.string(), amount: z.number(), usd: z.number() })),
      total: z.number(),
      ways: z.array(z.object({ way: z.string(), unasked: z.number(), total: z.number() })),
      hours: z.array(z.object({ name: z.string(), usd: z.number() })),
      unverified: z.array(z.string()),
    });
    const { total, lines, ways } = shape.parse(JSON.parse(stdout));
    const sum = (some: typeof lines) => some.reduce((all, { usd }) => all + usd, 0);
    expect(sum(lines)).toBeCloseTo(total);
    expect(ways[0]?.total).toBeCloseTo(sum(lines.filter(({ part }) => part !== 'month')));
  });

  test('prints only hours with --long', async () => {
    const { stdout } = await run('--long', '100');
    expect(stdout).toMatch(/^Lambda, in slices +\$0\.\d+ an hour +\$\d+\.\d\d for 100 /);
    expect(stdout).not.toContain('Inngest');
  });

  test.each([
    [['--batch', '11'], 'It is a whole number from 1 to 10.'],
    [['--jobs', '1.5'], 'It is a whole number from 1 to 1,000,000,000,000.'],
    [['--retries', '-1'], 'It is a number from 0 to 100.'],
    [['--payload', '300KB'], 'up to 256KB'],
    [['--duration', '2m'], 'For longer ones, use --long.'],
    [['--duration', 'soon'], 'It is a time such as 200ms or 5s.'],
    [['--region', 'mars'], 'The price list has us-east-1 and eu-central-1.'],
    [['--price', '1'], "unknown option '--price'"],
  ])('refuses %j, with 2', async (args, expected) => {
    await expect(run(...args)).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining(expected) });
  });
});

test('columns stand below each other', () => {
  expect(
    aligned([
      ['a', '1', '22', 'note'],
      ['bcd', '100', '3', ''],
    ]),
  ).toEqual(['a      1  22  note', 'bcd  100   3']);
});
