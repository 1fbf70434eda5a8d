import { Command } from 'commander';
import { ownTables } from '../infra/access/table-name.ts';
import { readTablesInUse } from '../infra/deployed/tables-in-use.ts';
import { defaultRegion, stackNameOf } from '../shared/aws/observe/stack.ts';
import { asError } from '../shared/domain/base/errors.ts';
import { checkAccount, type Finding } from './doctor/check-account.ts';
import { findTroubles } from './doctor/find-troubles.ts';
import { runCommand } from './run-command.ts';

const marks = { good: 'ok    ', notice: 'notice', bad: 'wrong ' } as const;
/** As `endings` of jobctl has it. */
const somethingIsWrong = 1;

const program = new Command('jobctl doctor')
  .description(
    'What is wrong with a deployed stage, and what to do. It needs credentials of AWS, and changes nothing.',
  )
  .requiredOption('--stage <stage>', 'a deployed stage, such as prod')
  .option('--region <region>', 'default: AWS_REGION, else eu-central-1')
  .option('--json', 'for programs', false)
  .action(async ({ stage, region = process.env.AWS_REGION ?? defaultRegion, json }: DoctorOptions) => {
    const given = {
      stage,
      region,
      prefix: stackNameOf(stage),
      // If the stack cannot be read, a line below says so.
      tables: await readTablesInUse(stage, region).catch(() => ownTables(stackNameOf(stage))),
    };
    const troubles = findTroubles(given).catch((error: unknown): readonly Finding[] => [
      {
        level: 'bad',
        text: `${given.prefix} cannot be watched: ${asError(error).message}`,
        advice: 'Is it deployed, in this region and account? See --stage, --region and AWS_PROFILE.',
      },
    ]);
    const found = (await Promise.all([troubles, checkAccount(given)])).flat();
    if (json) console.log(JSON.stringify(found, null, 2));
    else for (const each of found) console.log(describe(each));
    if (found.some(({ level }) => level === 'bad')) process.exitCode = somethingIsWrong;
  });

interface DoctorOptions {
  readonly stage: string;
  readonly region?: string;
  readonly json: boolean;
}

const describe = ({ level, text, advice }: Finding): string =>
  `${marks[level]}  ${text}${advice === undefined ? '' : `\n        -> ${advice}`}`;

await runCommand(program);
