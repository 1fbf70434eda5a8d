import type { Command } from 'commander';

interface About {
  readonly description: string;
  /** Lines of a shell, as one would type them: `jobctl` stands before each. */
  readonly examples: readonly string[];
  readonly more?: string;
}

/** A command that talks to a system, with the options that all of them have, and with examples in its `--help`. */
export const addCommand = (program: Command, usage: string, about: About): Command =>
  addSystemOptions(addLocalCommand(program, usage, about));

/** The same of a command that talks to no system. */
export function addLocalCommand(
  program: Command,
  usage: string,
  { description, examples, more }: About,
): Command {
  const lines = examples.map((example) => `  $ ${example}`);
  return program
    .command(usage)
    .description(description)
    .option('--json', 'print JSON, for programs')
    .addHelpText('after', ['', 'Examples:', ...lines, ...(more === undefined ? [] : ['', more])].join('\n'));
}

/** Which system. */
export const addSystemOptions = (command: Command): Command =>
  command
    .option('--url <url>', 'address of the API; default: JOB_URL, a profile, or the local system')
    .option('--profile <profile>', 'system and key of this profile; default: JOB_PROFILE');
