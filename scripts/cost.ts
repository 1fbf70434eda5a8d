import { Command, InvalidArgumentError, Option } from 'commander';
import { durationSeconds } from '../shared/time-text/read-time.ts';
import { type Load, sumOf } from './cost/bill.ts';
import { describeBill, describeHours, describeWays, dollars, unverified } from './cost/describe.ts';
import { jobHours } from './cost/job-hour.ts';
import { measured } from './cost/measured.ts';
import { billOf, idleMonth } from './cost/month.ts';
import { allWays } from './cost/other-ways.ts';
import { listDate, type Region, regions } from './cost/price-list.ts';
import { runCommand } from './run-command.ts';

interface CostOptions {
  readonly jobs: number;
  readonly payload: number;
  readonly duration: number;
  readonly memory: number;
  readonly batch: number;
  readonly polls: number;
  readonly retries: number;
  readonly call: number;
  readonly kept: number;
  readonly region: Region;
  readonly long?: number;
  readonly json: boolean;
}

const name = 'npm run -s cost --';
const maxPayloadBytes = 256 * 1024;
/** An attempt of a job on the queue `standard`. */
const maxDurationMs = 45_000;

/** Reads a number from `low` to `high`, whole unless `isShare`. */
const numberIn =
  (low: number, high: number, { isShare = false } = {}) =>
  (text: string): number => {
    const number = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    if (number >= low && number <= high && (isShare || Number.isInteger(number))) return number;
    const kind = isShare ? 'a number' : 'a whole number';
    throw new InvalidArgumentError(`It is ${kind} from ${low} to ${high.toLocaleString('en')}.`);
  };

function bytesIn(text: string): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?) ?(B|KB)?$/i.exec(text) ?? [];
  const bytes = Number(number) * (unit.toUpperCase() === 'KB' ? 1024 : 1);
  if (number !== '' && bytes <= maxPayloadBytes) return Math.ceil(bytes);
  throw new InvalidArgumentError('It is a size such as 300B or 1KB, up to 256KB: more is an upload.');
}

function milliseconds(text: string): number {
  const [, number] = /^(\d+)ms$/.exec(text) ?? [];
  if (number !== undefined) return Number(number);
  const seconds = durationSeconds(text);
  if (seconds !== undefined) return 1000 * seconds;
  throw new InvalidArgumentError('It is a time such as 200ms or 5s.');
}

function durationMs(text: string): number {
  const time = milliseconds(text);
  if (time <= maxDurationMs) return time;
  throw new InvalidArgumentError('A job of the queue standard has 45 s. For longer ones, use --long.');
}

function regionIn(text: string): Region {
  const region = regions.find((each) => each === text);
  if (region) return region;
  throw new InvalidArgumentError(`The price list has ${regions.join(' and ')}.`);
}

const program = new Command(name)
  .description('What jobs cost, line by line, and elsewhere: measured calls by published list prices.')
  .addHelpText(
    'after',
    `\nExamples:\n  $ ${name} --jobs 1000000 --payload 1KB --duration 200ms --polls 3\n  $ ${name} --batch 10 --retries 0.05 --region eu-central-1 --json\n  $ ${name} --long 1000\n\nIt asks nobody: docs/cost.md says what is measured, and what is assumed.`,
  )
  .option('--jobs <number>', 'how many jobs in a month', numberIn(1, 1e12), 1e6)
  .addOption(new Option('--payload <size>', 'of each, up to 256KB').argParser(bytesIn).default(1024, '1KB'))
  .addOption(
    new Option('--duration <time>', 'of each attempt, up to 45s').argParser(durationMs).default(200, '200ms'),
  )
  .option('--memory <MB>', 'of the function that runs them', numberIn(128, 10_240), measured.memory.worker)
  .option('--batch <number>', 'how many jobs an invocation gets; they run side by side', numberIn(1, 10), 1)
  .option('--polls <number>', 'how often the status of each job is asked for', numberIn(0, 10_000), 0)
  .option(
    '--retries <number>',
    'further attempts of a job: 0.05 is one of twenty jobs',
    numberIn(0, 100, { isShare: true }),
    0,
  )
  .addOption(
    new Option('--call <time>', 'what a call to DynamoDB or SQS takes')
      .argParser(milliseconds)
      .default(10, '10ms'),
  )
  .option('--kept <days>', 'for how long a job that has ended is kept', numberIn(15, 3650), 30)
  .option('--region <region>', `of the prices: ${regions.join(' or ')}`, regionIn, 'us-east-1')
  .option(
    '--long <hours>',
    'only what so many hours of long jobs cost',
    numberIn(0.01, 1e9, { isShare: true }),
  )
  .option('--json', 'for programs', false)
  .action((options: CostOptions) => {
    if (options.long === undefined) printJobs(options);
    else printHours(options, options.long);
  });

function printHours({ region, json }: CostOptions, count: number): void {
  const hours = jobHours(region);
  const doubtful = unverified(
    hours.flatMap(({ prices }) => prices),
    region,
  );
  const all = hours.map((hour) => ({ ...hour, all: hour.usd * count }));
  if (json) print({ region, listDate, hours: all, unverified: doubtful });
  else console.log([...describeHours(hours, count), '', ...footer(region, doubtful)].join('\n'));
}

function printJobs(options: CostOptions): void {
  const { jobs, memory, batch, polls, retries, region } = options;
  const load: Load = {
    ...{ jobs, batch, polls, retries, region, payloadBytes: options.payload },
    ...{ durationMs: options.duration, memoryMb: memory, callMs: options.call },
    keptDays: options.kept,
  };
  const [bill, ways, hours] = [billOf(load), allWays(load), jobHours(region)];
  const perMillion = (1e6 * sumOf(bill)) / jobs;
  const idle = idleMonth(region);
  const ofWays = ways.flatMap(({ lines }) => lines.filter(({ amount }) => amount > 0));
  const used = [...[...bill, ...ofWays].map(({ price }) => price), ...hours.flatMap(({ prices }) => prices)];
  const doubtful = unverified(used, region);
  if (options.json)
    print({
      ...{ load, listDate, lines: bill, total: sumOf(bill), perMillion },
      ways: ways.map(({ name: way, note, lines }) => ({
        ...{ way, note, unasked: sumOf(lines, 'submission', 'work'), total: sumOf(lines), lines },
      })),
      ...{ hours, idleMonth: { usd: idle, region }, unverified: doubtful },
    });
  else
    console.log(
      [
        ...describeBill(bill),
        `${dollars(perMillion)} for a million. While nothing happens, a stage costs ${dollars(idle)} of that.`,
        '',
        'What their calls cost elsewhere, without what is stored and watched:',
        ...describeWays(ways, load),
        '',
        'An hour of a job that keeps one vCPU busy and needs 2 GB:',
        ...describeHours(hours, 1),
        '',
        ...footer(region, doubtful),
      ].join('\n'),
    );
}

const print = (value: unknown): void => console.log(JSON.stringify(value, null, 2));

const footer = (region: Region, doubtful: readonly string[]): readonly string[] => [
  `List prices of ${region}, ${listDate}, without free tiers: docs/cost.md says where they are from, and what is assumed.`,
  ...(doubtful.length === 0 ? [] : ['Not verified:', ...doubtful.map((line) => `  ${line}`)]),
];

await runCommand(program);
