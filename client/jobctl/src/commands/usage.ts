import type { Command } from 'commander';
import type { RunHere } from '../run-command.ts';
import { runScript } from '../run-script.ts';

/** The lines of attempts are read with credentials of AWS, by a script of the repository. */
export const addUsage = (program: Command, runHere: RunHere): Command =>
  program
    .command('usage [args...]')
    .description('sum up what jobs have cost, by type or by tenant, from the lines of their attempts')
    .helpOption(false)
    .allowUnknownOption()
    .addHelpText('after', '\n`jobctl usage --help` has its options, with examples.')
    .action((args: readonly string[], _options: unknown, command: Command) =>
      runHere(command, async ({ env, signal }, { json }) => {
        const more = json ? ['--json'] : [];
        const ours = { JOBCTL_COMMAND: 'jobctl usage' };
        return runScript('scripts/usage.ts', [...args, ...more], { env: { ...env, ...ours }, signal });
      }),
    );
