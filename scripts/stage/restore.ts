import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { ownTables, type TableNames } from '../../infra/access/table-name.ts';
import {
  type DeployedStack,
  keptTables,
  readDeployedStack,
  readDeployedTable,
} from '../../infra/guards/deployed-stack.ts';
import {
  beginRestore,
  checkTime,
  pauseRestored,
  type Restore,
  RestoreError,
  stampOf,
  untilActive,
} from '../../infra/restore/restore-table.ts';
import { switchOn } from '../../infra/restore/switch-on.ts';
import { settingsOf } from '../../infra/restore/table-settings.ts';
import { stackNameOf } from '../../shared/aws/observe/stack.ts';
import { regionOf, type StageAddress } from '../local-stage.ts';
import { UsageError } from '../usage-error.ts';

/** Which tables, by their parameters. */
export const restorable = ['jobs', 'access'] as const;
type Restorable = (typeof restorable)[number];
const parameters = { jobs: 'jobTable', access: 'accessTable' } as const;
const ids = { jobs: 'JobTable', access: 'AccessTable' } as const;

export interface RestoreOptions extends StageAddress {
  readonly to: string;
  readonly tables: readonly Restorable[];
  /** From the stack's own tables, though the stage uses others. */
  readonly own?: boolean;
}

const time = z.iso.datetime({ offset: true });

/** @throws UsageError */
function readTime(text: string): number {
  if (!time.safeParse(text).success)
    throw new UsageError(`--to is "${text}". Say a time with its offset, such as 2026-11-25T10:15:00Z.`);
  return Math.floor(Date.parse(text) / 1000) * 1000;
}

const printLine = (line: string): void => console.error(`${new Date().toISOString()}  ${line}`);

/** Makes tables of then, beside those of now, and prints the deployment that uses them. @throws UsageError */
export async function restoreStage(options: RestoreOptions): Promise<void> {
  const at = readTime(options.to);
  const config = { region: regionOf(options, process.env) };
  const [cloudFormation, dynamoDb] = [new CloudFormationClient(config), new DynamoDBClient(config)];
  const name = stackNameOf(options.stage);
  try {
    const stack = await readDeployedStack(cloudFormation, name);
    if (stack === undefined) throw new UsageError(`There is no stack ${name} in ${config.region}.`);
    const sources: TableNames = options.own ? ownTables(name) : stack.tables;
    const restores = options.tables.map((which) => ({
      which,
      ...{ source: sources[which], target: `${ownTables(name)[which]}-${stampOf(at)}`, at },
    }));
    const used = restores.find(({ which, target }) => stack.tables[which] === target);
    if (used !== undefined) throw new UsageError(`The stage uses ${used.target} already.`);
    // Both, before one is begun.
    for (const each of restores) await checkTime(dynamoDb, each);
    for (const each of restores) await beginRestore(dynamoDb, each);
    printLine(
      'DynamoDB restores. That may take hours. The command can be stopped, and run again: it goes on.',
    );
    for (const each of restores) {
      const template = await readDeployedTable(cloudFormation, name, ids[each.which]);
      await complete(dynamoDb, { ...each, stack, template });
    }
    sayWhatNext(options, restores);
  } catch (error) {
    if (error instanceof RestoreError) throw new UsageError(error.message);
    throw error;
  } finally {
    cloudFormation.destroy();
    dynamoDb.destroy();
  }
}

interface Begun extends Restore {
  readonly which: Restorable;
  readonly stack: DeployedStack;
  /** Its properties in the deployed template. */
  readonly template: unknown;
}

async function complete(client: DynamoDBClient, begun: Begun): Promise<void> {
  const { which, source, target, stack } = begun;
  const settings = settingsOf(begun.template);
  await untilActive(client, target);
  printLine(`${target} is there.`);
  await switchOn(client, { source, target, ...settings, isProtected: keptTables(stack).length > 0 });
  if (which === 'jobs') await pauseRestored(client, begun, Date.now());
  printLine(`${target} has the settings of ${source}.`);
}

function sayWhatNext(
  { stage, tables }: RestoreOptions,
  restores: readonly (Restore & { which: Restorable })[],
) {
  const given = restores.map(({ which, target }) => ({ name: parameters[which], target }));
  if (tables.includes('access'))
    printLine(
      'Keys that were revoked since then are valid again, and tenants that were suspended are not: see `npm run keys`.',
    );
  printLine(
    `Now write it into serverless.yml, under params: ${stage}. The deployment after one without it goes back:`,
  );
  for (const { name, target } of given) console.log(`      ${name}: ${target}`);
  const params = given.map(({ name, target }) => ` --param="${name}=${target}"`).join('');
  console.log(`npx sls deploy --stage ${stage}${params}`);
  if (tables.includes('jobs'))
    printLine(
      'After that nothing starts: the stage is paused in that table. See `jobctl queues`, and then: jobctl resume stage',
    );
}
