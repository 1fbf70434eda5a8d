import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError } from 'commander';
import { cancelMove, type MoveProgress, moveTenant } from '../infra/ordered/move-tenant.ts';
import { dynamoDbUnfinishedGroups } from '../infra/ordered/unfinished-groups.ts';
import { dynamoDbMovablePlaces } from '../shared/aws/group-places.ts';
import { ConflictError, StoreUnavailableError } from '../shared/domain/base/errors.ts';
import { maxOrderedQueues } from '../shared/domain/base/queue-figures.ts';
import { tenantName } from '../shared/domain/base/tenant-name.ts';
import { readTenant, tenantHint, tenantText } from '../shared/time-text/tenant-text.ts';
import type { StageAddress } from './local-stage.ts';
import { openStage } from './ordered/open-stage.ts';
import { runCommand } from './run-command.ts';
import { UsageError } from './usage-error.ts';

interface Options extends StageAddress {
  readonly tenant: string;
}

const projectDir = fileURLToPath(new URL('..', import.meta.url));
const name = 'npm run -s ordered --';
const again = 'The command can be stopped and run again at any time: it goes on.';

const tell = (line: string): void => console.error(`${new Date().toISOString()}  ${line}`);

function describe(progress: MoveProgress): string {
  switch (progress.kind) {
    case 'closed':
      return 'Nothing is sent to its groups, and nothing of them starts, for four minutes.';
    case 'drains':
      return `Waits for the end of ${namesOf(progress.unfinished)}.`;
    case 'reopened':
      return `Something came in between, and goes on first: ${namesOf(progress.unfinished)}.`;
  }
}

const namesOf = (unfinished: Extract<MoveProgress, { kind: 'drains' }>['unfinished']): string => {
  const names = unfinished.map(({ kind, jobId }) =>
    kind === 'job' ? `the job ${jobId}` : `children of the job ${jobId}`,
  );
  return [...new Set(names)].slice(0, 5).join(', ') + (names.length > 5 ? ', and others' : '');
};

/** Runs what the command does on the table of a stage. @throws UsageError for what the operator can change */
async function onStage(
  options: Options,
  run: (stage: Awaited<ReturnType<typeof openStage>>) => Promise<void>,
): Promise<void> {
  const stage = await openStage({ ...options, projectDir, environment: process.env });
  try {
    await run(stage);
  } catch (error) {
    if (error instanceof ConflictError) throw new UsageError(error.message);
    if (!(error instanceof StoreUnavailableError)) throw error;
    throw new UsageError(`${error.message}: ${error.cause}. ${again}`);
  } finally {
    stage.close();
  }
}

function queueNumber(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= maxOrderedQueues) return number;
  throw new InvalidArgumentError(`It is a whole number from 1 to ${maxOrderedQueues}.`);
}

function tenantOf(text: string): string {
  const { data } = tenantName.safeParse(readTenant(text));
  if (data === undefined) throw new InvalidArgumentError(`It ${tenantHint}.`);
  return data;
}

const program = new Command(name)
  .description(
    'Moves a tenant to another ordered queue: docs/order-and-time.md says when, and what it costs.',
  )
  .addHelpText(
    'after',
    `\nExamples:\n  $ ${name} show --stage prod --tenant acme\n  $ ${name} move --stage prod --tenant acme --to 3\n  $ ${name} cancel --stage prod --tenant acme\n\nIt needs the AWS rights dynamodb:GetItem, PutItem and Scan on the table of jobs, sqs:GetQueueUrl, and cloudformation:DescribeStacks.`,
  )
  // Before there are commands: they take it over.
  .exitOverride();

const add = (command: string, text: string): Command =>
  program
    .command(command)
    .description(text)
    .requiredOption('--stage <stage>', 'local, or a deployed stage such as dev or prod')
    .requiredOption('--tenant <tenant>', 'whose groups they are, as `keys list` shows it', tenantOf)
    .option('--region <region>', 'default: AWS_REGION, else eu-central-1');

add('show', 'say which ordered queue a tenant has').action((options: Options) =>
  onStage(options, async ({ dynamoDb, env }) => {
    const place = await dynamoDbMovablePlaces(dynamoDb, env).read(options.tenant);
    if (!place) console.log('none yet: its first job of a group gives it one');
    else console.log(place.move ? `${place.queue}, ${place.move.phase}, to ${place.move.to}` : place.queue);
  }),
);
add('move', 'move a tenant, and wait until that is done')
  .requiredOption('--to <number>', 'of the ordered queue, from 1 on', queueNumber)
  .action((options: Options & { readonly to: number }) =>
    onStage(options, async (stage) => {
      const { tenant, to } = options;
      if (!(await stage.hasQueue(to))) throw new UsageError(`The stage has no ordered queue ${to}.`);
      tell(`From now on, submissions of jobs with a group of ${tenantText(tenant)} are refused. ${again}`);
      await moveTenant(options, {
        places: dynamoDbMovablePlaces(stage.dynamoDb, stage.env),
        unfinished: dynamoDbUnfinishedGroups(stage.dynamoDb, stage.env),
        clock: { now: () => Date.now(), sleep: (milliseconds) => sleep(milliseconds) },
        tell: (progress) => tell(describe(progress)),
      });
      tell(
        `The groups of ${tenantText(tenant)} are in the ordered queue ${to}. Within half a minute, all know it.`,
      );
    }),
  );
add('cancel', 'end a move that is not over: the tenant stays where it is').action((options: Options) =>
  onStage(options, async ({ dynamoDb, env }) => {
    const places = dynamoDbMovablePlaces(dynamoDb, env);
    const { queue, wasMoving } = await cancelMove(options.tenant, { places });
    const done = wasMoving ? 'The move is canceled.' : 'There is no move.';
    tell(`${done} The groups of ${tenantText(options.tenant)} are in the ordered queue ${queue}.`);
  }),
);

await runCommand(program);
