import type { Command } from 'commander';
import { usageError } from '../ending.ts';
import { type Check, checkSystem } from '../system/check-system.ts';
import type { Runs } from '../system/run-command.ts';
import { runScript } from '../system/run-script.ts';
import { addCommand } from './add-command.ts';

interface StageFlags {
  readonly stage?: string;
  readonly region?: string;
}

/** Of a stage, the answers are behind the API: a script of the repository asks for them, with credentials of AWS. */
export const addDoctor = (program: Command, { run, runHere }: Runs): Command =>
  addCommand(program, 'doctor', {
    description:
      'check whether the API can be reached, which rights the credential has, the clock, versions, and whether jobs wait for a worker',
    examples: [
      'jobctl doctor',
      'jobctl doctor --url https://jobs.example.com',
      'jobctl doctor --json | jq .rights',
      'AWS_PROFILE=prod jobctl doctor --stage prod',
    ],
    more: 'It changes nothing. With --stage it looks at a deployed stage itself: troubles,\nalarms, mappings, tables, the account. That needs a clone and\ncredentials of AWS that may read them. It ends with 1 if something is wrong.',
  })
    .option('--stage <stage>', 'a deployed stage, with credentials of AWS')
    .option('--region <region>', 'of the stage; default: AWS_REGION, else eu-central-1')
    .action(({ stage, region }: StageFlags, command: Command) =>
      stage === undefined
        ? askApi(command, run)
        : runHere(command, ({ env, signal }, { url, profile, json }) => {
            if (url !== undefined || profile !== undefined)
              throw usageError('--stage is a stage in AWS: it goes without --url and --profile.');
            const more = [...(region === undefined ? [] : ['--region', region]), ...(json ? ['--json'] : [])];
            return runScript('scripts/doctor.ts', ['--stage', stage, ...more], { env, signal });
          }),
    );

const askApi = (command: Command, run: Runs['run']): Promise<void> =>
  run(command, async (session) => {
    const { output } = session;
    const { checks, ending, facts } = await checkSystem(session);
    if (output.isJson) output.document({ ok: ending === 'ok', ...facts });
    else for (const check of checks) output.line(describe(check, output.colors));
    return ending;
  });

const describe = (
  { level, text }: Check,
  colors: { green(text: string): string; yellow(text: string): string; red(text: string): string },
): string =>
  ({ good: colors.green('ok    '), notice: colors.yellow('notice'), bad: colors.red('wrong ') })[level] +
  `  ${text}`;
