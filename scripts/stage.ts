import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { Command, Option } from 'commander';
import { ownTables } from '../infra/access/table-name.ts';
import { AdoptionError, adoptStage } from '../infra/guards/adopt-stage.ts';
import {
  bucketOf,
  type DataTemplate,
  dataTemplate,
  findKept,
  type KeptResource,
} from '../infra/guards/kept-resources.ts';
import { defaultText, parametersBySubject } from '../infra/parameters/all.ts';
import { stackNameOf } from '../shared/aws/observe/stack.ts';
import { regionOf, type StageAddress } from './local-stage.ts';
import { runCommand } from './run-command.ts';
import { type RestoreOptions, restorable, restoreStage } from './stage/restore.ts';
import { UsageError } from './usage-error.ts';

interface AdoptOptions extends StageAddress {
  readonly package: string;
  /** `none`: the next deployment makes one. */
  readonly bucket?: string;
}

const projectDir = fileURLToPath(new URL('..', import.meta.url));
const name = 'npm run -s stage --';

/** The template of `sls package`. @throws UsageError if there is none of this stage */
function readTemplate(options: AdoptOptions): DataTemplate {
  const again = `Run: npx sls package --stage ${options.stage}`;
  const file = resolve(projectDir, options.package, 'cloudformation-template-update-stack.json');
  const template = dataTemplate.parse(JSON.parse(textOf(file, again)));
  const { jobs: expected } = ownTables(stackNameOf(options.stage));
  const found = template.Resources.JobTable?.Properties.TableName;
  if (found === expected) return template;
  throw new UsageError(`${file} is of another stage: its table of jobs is ${String(found)}. ${again}`);
}

function textOf(file: string, again: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new UsageError(`There is no ${file}. ${again}`);
  }
}

/** A stage has one bucket, and may have left several. @throws UsageError if it is not clear which it takes over */
function withOneBucket(all: readonly KeptResource[], bucket: string | undefined): readonly KeptResource[] {
  const names = [...new Set(all.flatMap((each) => bucketOf(each) ?? []))];
  if (bucket === undefined && names.length > 1)
    throw new UsageError(
      `The stage has left several buckets: ${names.join(', ')}. Choose by --bucket, or --bucket none.`,
    );
  if (bucket !== undefined && bucket !== 'none' && !names.includes(bucket))
    throw new UsageError(`The stage has left no bucket ${bucket}. There are: ${names.join(', ') || 'none'}`);
  const chosen = bucket ?? names[0];
  return all.filter((each) => [undefined, chosen].includes(bucketOf(each)));
}

async function adopt(options: AdoptOptions): Promise<void> {
  const template = readTemplate(options);
  const config = { region: regionOf(options, process.env) };
  const stack = stackNameOf(options.stage);
  const cloudFormation = new CloudFormationClient(config);
  try {
    const kept = withOneBucket(await findKept({ stack, template }, config), options.bucket);
    if (kept.length === 0) throw new UsageError(`There is nothing of ${stack} that was kept: deploy it.`);
    for (const each of kept) console.log(each.name);
    await adoptStage(cloudFormation, { stack, template, kept, name: `adopt-${Date.now()}` });
    console.error(`The stack ${stack} has them. Now: npx sls deploy --stage ${options.stage}`);
  } catch (error) {
    if (error instanceof AdoptionError) throw new UsageError(error.message);
    throw error;
  } finally {
    cloudFormation.destroy();
  }
}

/** As serverless.yml and `--param` take them. */
function printParameters(): void {
  for (const [subject, parameters] of Object.entries(parametersBySubject)) {
    console.log(`\n${subject}`);
    for (const [parameter, { says, use, default: value }] of Object.entries(parameters)) {
      const text = says.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll('`', '');
      console.log(`  ${parameter}: ${text}\n    ${use}. Default: ${defaultText(value)}`);
    }
  }
  console.log(`\nThe limits of each tenant are parameters, too: docs/limits.md.`);
}

const program = new Command(name)
  .description('What a whole stage needs beside `sls`: docs/runbook.md says when.')
  .addHelpText(
    'after',
    `\nExamples:\n  $ npx sls package --stage prod\n  $ ${name} adopt --stage prod\n  $ npx sls deploy --stage prod\n  $ ${name} restore --stage prod --to 2026-11-25T10:15:00Z\n\nIt needs the rights of infra/deployer-policy.json.`,
  )
  .exitOverride();

program
  .command('adopt')
  .description('make a stack of the tables, queues and bucket that were kept when the stage was removed')
  .requiredOption('--stage <stage>', 'a stage that was removed, such as prod')
  .option('--region <region>', 'default: AWS_REGION, else eu-central-1')
  .option('--bucket <name>', 'which one, if it has left several; none: the deployment makes one')
  .option('--package <folder>', 'of `sls package`', '.serverless')
  .action((options: AdoptOptions) => adopt(options));

program
  .command('parameters')
  .description('list what a stage can set, in serverless.yml or by --param')
  .action(printParameters);

program
  .command('restore')
  .description('make a table of then beside the one of now, and print the deployment that uses it')
  .requiredOption('--stage <stage>', 'a deployed stage, such as prod')
  .requiredOption('--to <time>', 'with its offset, such as 2026-11-25T10:15:00Z')
  .option('--region <region>', 'default: AWS_REGION, else eu-central-1')
  .option('--own', "from the stack's own table, if the stage uses a restored one")
  .addOption(
    new Option('--tables <tables...>', 'of the jobs; of keys, roles and the root secret; or both')
      .choices(restorable)
      .default(['jobs']),
  )
  .action((options: RestoreOptions) => restoreStage(options));

await runCommand(program);
