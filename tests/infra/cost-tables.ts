import { type Load, type Part, sumOf } from '../../scripts/cost/bill.ts';
import { cents, dollars, parts } from '../../scripts/cost/describe.ts';
import { jobHours } from '../../scripts/cost/job-hour.ts';
import { measured } from '../../scripts/cost/measured.ts';
import { billOf } from '../../scripts/cost/month.ts';
import { allWays } from '../../scripts/cost/other-ways.ts';
import { isElsewhere, priceNames, priceOf } from '../../scripts/cost/price-list.ts';

/** What `npm run cost -- --polls 3` takes, alone in batches, and in tens. */
const alone: Load = {
  ...{ jobs: 1_000_000, payloadBytes: 1024, durationMs: 200, memoryMb: measured.memory.worker },
  ...{ batch: 1, polls: 3, retries: 0, region: 'us-east-1', callMs: 10, keptDays: 30 },
};
const tens: Load = { ...alone, batch: 10 };

const row = (...cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const head = (...cells: readonly string[]): readonly string[] => [
  row(...cells),
  `|${'---|'.repeat(cells.length)}`,
];

export function millionJobs(): readonly string[] {
  const bills = [billOf(alone), billOf(tens)] as const;
  const sums = (title: string, ...which: readonly Part[]): string =>
    row(title, ...bills.map((lines) => dollars(sumOf(lines, ...which))));
  return [
    ...head('a million jobs', 'alone', 'in tens'),
    ...(Object.keys(parts) as Part[]).map((part) =>
      sums(part === 'polls' ? 'three polls of each' : parts[part], part),
    ),
    sums('**a month with them, in all**'),
  ];
}

export const otherWaysTable = (): readonly string[] => {
  const ofTens = allWays(tens);
  return [
    ...head('a million jobs', 'alone', 'in tens', 'polled three times, alone', ''),
    ...allWays(alone).map(({ name, lines, note }, index) => {
      const [one, ten] = [lines, ofTens[index]?.lines ?? []].map((each) =>
        dollars(sumOf(each, 'submission', 'work')),
      );
      const hasPolls = sumOf(lines, 'polls') > 0;
      return row(
        name,
        one ?? '',
        one === ten ? '' : (ten ?? ''),
        hasPolls ? dollars(sumOf(lines)) : '',
        note,
      );
    }),
  ];
};

export const jobHourTable = (): readonly string[] => [
  ...head('', 'us-east-1', 'eu-central-1', ''),
  ...jobHours('us-east-1').map(({ name, usd, note }, index) =>
    row(name, cents(usd), cents(jobHours('eu-central-1')[index]?.usd ?? 0), note),
  ),
];

/** Of a job that succeeds at once. */
export function bytesOfLog(): string {
  const { access, submit, worker } = measured.log;
  const [one = '', ten = ''] = [worker.metricsAlone, worker.metricsOfTen].map((bytes) =>
    (access + submit.line + submit.metrics + worker.start + worker.end + bytes).toLocaleString('en'),
  );
  return `A job that succeeds at once logs ${one} bytes alone in its batch, and ${ten} in a batch of ten.`;
}

/** What has a price of which nothing was found that has a date, by region. */
export const unverifiedPrices = (): readonly string[] =>
  (['us-east-1', 'eu-central-1'] as const).map((region) => {
    const names = priceNames
      .filter((name) => !(priceOf(region, name).verified || (isElsewhere(name) && region !== 'us-east-1')))
      .map((name) => priceOf(region, name).of.replace(/:.*/, ''));
    return `- ${region}: ${[...new Set(names)].join('; ')}`;
  });
