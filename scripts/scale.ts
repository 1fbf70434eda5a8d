import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { durationSeconds } from '../shared/time-text/read-time.ts';
import { runCommand } from './run-command.ts';
import { ceilingsOf } from './scale/ceilings.ts';
import { describeCeilings, describeDay, unverified } from './scale/describe.ts';
import { remedies } from './scale/hits.ts';
import { listDate, type Region, regions } from './scale/limits.ts';
import { simulate } from './scale/simulate.ts';
import {
  accountOf,
  type DayLoad,
  queues,
  readStage,
  type Scene,
  scaledParameters,
  shapes,
} from './scale/stage-load.ts';
import { UsageError } from './usage-error.ts';

interface Options {
  readonly jobs: number;
  readonly duration: number;
  readonly shape: DayLoad['shape'];
  readonly queue: DayLoad['queue'];
  readonly tenants: number;
  readonly groups: number;
  readonly perRequest: number;
  readonly delayed: number;
  readonly limited: boolean;
  readonly account: number;
  readonly stage: string;
  readonly set: readonly string[];
  readonly call: number;
  readonly region: Region;
  readonly seed: number;
  readonly json: boolean;
}

const name = 'npm run -s scale --';
const root = join(import.meta.dirname, '..');
/** A slice of a long job. */
const maxDurationMs = 880_000;

const wholeIn =
  (low: number, high: number) =>
  (text: string): number => {
    const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (number >= low && number <= high) return number;
    throw new InvalidArgumentError(`It is a whole number from ${low} to ${high.toLocaleString('en')}.`);
  };

function partIn(text: string): number {
  if (/^(0(\.\d+)?|1(\.0+)?)$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is a number from 0 to 1: 0.1 is one of ten jobs.');
}

function milliseconds(text: string): number {
  const [, number] = /^(\d+)ms$/.exec(text) ?? [];
  const seconds = number === undefined ? durationSeconds(text) : Number(number) / 1000;
  if (seconds !== undefined && seconds * 1000 <= maxDurationMs) return seconds * 1000;
  throw new InvalidArgumentError('It is a time such as 200ms or 5s, up to 880s.');
}

const collected = (text: string, before: readonly string[]): readonly string[] => [...before, text];

/** Reads `NAME=VALUE`, of the parameters that say how much a stage takes. */
function givenBy(set: readonly string[]): Readonly<Record<string, string>> {
  const pairs = set.map((text) => {
    const at = text.indexOf('=');
    return [text.slice(0, at), text.slice(at + 1)] as const;
  });
  if (pairs.some(([parameter]) => !scaledParameters.includes(parameter)))
    throw new UsageError(`--set takes ${scaledParameters.join(', ')}, such as --set listShards=8.`);
  return Object.fromEntries(pairs);
}

const program = new Command(name)
  .description('How long jobs of a day wait, and which published limit holds them back first.')
  .addHelpText(
    'after',
    `\nExamples:\n  $ ${name} --jobs 10000000 --stage prod\n  $ ${name} --jobs 1000000 --shape burst --per-request 100 --set warmThroughput=table=40000/40000,list=12000/16000\n  $ ${name} --jobs 50000000 --shape one-tenant --account 10000 --set listShards=8\n\nIt asks nobody: docs/scale.md says what is published, and what is assumed.`,
  )
  .option('--jobs <number>', 'of the day', wholeIn(1, 1e10), 1e6)
  .addOption(
    new Option('--duration <time>', 'of each attempt, or slice')
      .argParser(milliseconds)
      .default(200, '200ms'),
  )
  .addOption(
    new Option('--shape <shape>', 'over a day, all within a minute, or nine of ten of one tenant')
      .choices(shapes)
      .default('day'),
  )
  .addOption(new Option('--queue <queue>', 'that runs them').choices(queues).default('standard'))
  .option('--tenants <number>', 'which are alike', wholeIn(1, 1e6), 100)
  .option('--groups <number>', 'of jobs of the ordered queue', wholeIn(1, 1e9), 1000)
  .option('--per-request <number>', 'jobs of a submission', wholeIn(1, 100), 1)
  .option('--delayed <part>', 'of the jobs, by an hour', partIn, 0)
  .option('--limited', 'each tenant has limits on its rate, and on unfinished jobs', false)
  .option('--account <executions>', "Lambda's quota of the account", wholeIn(10, 1e6), 1000)
  .option('--stage <name>', 'whose parameters in serverless.yml hold', 'default')
  .option('--set <parameter>', 'in place of that: NAME=VALUE; as often as you like', collected, [])
  .addOption(
    new Option('--call <time>', 'what a call to DynamoDB or SQS takes')
      .argParser(milliseconds)
      .default(10, '10ms'),
  )
  .addOption(new Option('--region <region>', 'of the limits').choices(regions).default('eu-central-1'))
  .option('--seed <number>', 'of the unrest of the day', wholeIn(0, 1e9), 1)
  .option('--json', 'for programs', false)
  .action((options: Options) => {
    const scene = sceneOf(options);
    const [played, ceilings] = [simulate(scene), ceilingsOf(scene)];
    const hits = played.hits.map((hit) => ({ ...hit, change: remedies[hit.name] }));
    if (options.json) {
      const told = { ...scene, listDate, ...played, hits, ceilings, unverified: unverified() };
      console.log(JSON.stringify(told, null, 2));
      return;
    }
    console.log(
      [
        ...describeDay(scene, played),
        '',
        'Ceilings, each by itself:',
        ...describeCeilings(ceilings),
        '',
        `Published limits of ${options.region}, ${listDate}: docs/scale.md says where they are from, and what is assumed.`,
        'Not verified:',
        ...unverified().map((line) => `  ${line}`),
      ].join('\n'),
    );
  });

function sceneOf({ jobs, duration, call, account, stage, set, ...others }: Options): Scene {
  const { shape, queue, tenants, groups, perRequest, delayed, limited, region, seed } = others;
  const load: DayLoad = {
    ...{ jobs, shape, queue, tenants, groups, perRequest, delayed, limited, region, seed },
    ...{ durationMs: duration, callMs: call },
  };
  const maximum = queue === 'standard' ? 45_000 : maxDurationMs;
  if (duration > maximum)
    throw new UsageError('A job of the queue standard has 45 s. For longer ones, use --queue long.');
  return { load, stage: readStage(root, stage, givenBy(set)), account: accountOf(account, region) };
}

await runCommand(program);
