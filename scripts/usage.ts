import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { Command, Option } from 'commander';
import { stackNameOf } from '../shared/aws/stack.ts';
import { prices } from '../shared/domain/observe/prices.ts';
import { readTime } from '../shared/time-text/read-time.ts';
import { findLocalStage, regionOf } from './local-stage.ts';
import { runCommand } from './run-command.ts';
import { describeUsage, type Grouping, groupings, priceOfSearch, sumUsage } from './usage/sum-usage.ts';
import { UsageError } from './usage-error.ts';

interface UsageOptions {
  readonly stage: string;
  readonly by: Grouping;
  readonly since: string;
  readonly region?: string;
  readonly json: boolean;
}

const projectDir = fileURLToPath(new URL('..', import.meta.url));
const name = process.env.JOBCTL_COMMAND ?? 'npm run -s usage --';

async function clientOf(options: UsageOptions): Promise<CloudWatchLogsClient> {
  const { env: environment } = process;
  if (options.stage !== 'local') return new CloudWatchLogsClient({ region: regionOf(options, environment) });
  const { system, settings } = await findLocalStage({ projectDir, environment });
  const endpoint = system.worker.AWS_ENDPOINT_URL_CLOUDWATCH_LOGS ?? '';
  return new CloudWatchLogsClient({ ...settings, endpoint });
}

const program = new Command(name)
  .description('What jobs have cost, about: the time of their attempts x memory, from the lines in the logs.')
  .addHelpText(
    'after',
    `\nExamples:\n  $ ${name} --stage prod --since 7d\n  $ ${name} --stage prod --by tenant --json | jq '.[0]'\n\nPrices: us-east-1, ${prices.asOf}. It needs the AWS rights logs:DescribeLogGroups, logs:StartQuery and\nlogs:GetQueryResults. docs/observe.md says what is not counted.`,
  )
  .requiredOption('--stage <stage>', 'local, or a deployed stage such as dev or prod')
  .addOption(new Option('--by <what>', 'sums by').choices(groupings).default('type'))
  .option('--since <when>', 'a day or a time before now, such as 7d', '1d')
  .option('--region <region>', 'default: AWS_REGION, else eu-central-1')
  .option('--json', 'for programs', false)
  .action(async (options: UsageOptions) => {
    const now = Date.now();
    const since = readTime(options.since, { now, direction: 'back', clocks: 'local' });
    if (!since)
      throw new UsageError(`--since is "${options.since}". Use a day, or a time before now such as 7d.`);
    const client = await clientOf(options);
    const { logGroupNames, gb, maxUsd } = await priceOfSearch(stackNameOf(options.stage), client);
    if (logGroupNames.length === 0) throw new UsageError(`There are no logs of the stage ${options.stage}.`);
    console.error(
      `Searches at most ${gb.toFixed(3)} GB, all that these logs have: for at most $${maxUsd.toFixed(4)}.`,
    );
    const asked = { logGroupNames, by: options.by, since: since.getTime(), until: now };
    const usage = await sumUsage(asked, client, (milliseconds) => sleep(milliseconds));
    console.log(options.json ? JSON.stringify(usage, null, 2) : describeUsage(usage, options.by));
  });

await runCommand(program);
