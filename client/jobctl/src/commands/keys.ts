import type { Command } from 'commander';
import { usageError } from '../ending.ts';
import type { RunHere } from '../system/run-command.ts';
import { runScript } from '../system/run-script.ts';

/**
 * Keys are in a table that no function may write. So they are made with credentials of AWS, and not over HTTP, by a
 * script of the repository: it has the options and the help.
 */
export const addKeys = (program: Command, runHere: RunHere): Command =>
  program
    .command('keys [args...]')
    .description('make an API key for a program, a person or a team; list, rotate and revoke keys')
    .helpOption(false)
    .allowUnknownOption()
    .addHelpText('after', '\n`jobctl keys --help` has its commands, with examples.')
    .action((args: readonly string[], _options: unknown, command: Command) =>
      runHere(command, async ({ env, signal }, { url, profile, json }) => {
        if (url !== undefined || profile !== undefined)
          throw usageError(
            'Keys are those of a stage: --stage local or --stage prod, not --url or --profile.',
          );
        const more = json ? ['--json'] : [];
        const ours = { PORT: localPort(env.JOB_URL) ?? env.PORT, JOBCTL_COMMAND: 'jobctl keys' };
        return runScript('scripts/keys.ts', [...args, ...more], { env: { ...env, ...ours }, signal });
      }),
    );

/** Where `npm start` listens, if JOB_URL says so. */
const localPort = (url: string | undefined): string | undefined =>
  /^http:\/\/(?:127\.0\.0\.1|localhost):(\d+)\/*$/.exec(url ?? '')?.[1];
