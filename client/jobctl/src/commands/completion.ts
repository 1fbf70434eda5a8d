import { Argument, type Command } from 'commander';
import { addLocalCommand } from '../add-command.ts';
import { candidatesFor, type Source, type Sources } from '../completion/candidates.ts';
import { findPlace } from '../completion/find-place.ts';
import { addKeysWords } from '../completion/keys-words.ts';
import { type Shell, scripts } from '../completion/scripts.ts';
import { splitLine } from '../completion/split-line.ts';
import type { SystemOptions } from '../find-system.ts';
import { plainText } from '../plain-text.ts';
import { profilesPath, readProfiles } from '../profiles/profiles-file.ts';
import type { RunHere } from '../run-command.ts';
import { openSession, type Terminal } from '../session.ts';

/** A person has pressed Tab, and waits. */
const timeoutMs = 1_000;

const shells = Object.keys(scripts) as readonly Shell[];

/** Completion by Tab: the script for a shell, and the command that the script asks. */
export function addCompletion(program: Command, runHere: RunHere): void {
  addLocalCommand(program, 'completion', {
    description: 'print the script that makes a shell complete commands, options, job types, names and files',
    examples: [
      'eval "$(jobctl completion bash)"',
      'eval "$(jobctl completion zsh)"',
      'jobctl completion bash >~/.local/share/bash-completion/completions/jobctl',
    ],
    more: [
      'The first line is for ~/.bashrc, the second one for ~/.zshrc, after compinit.',
      '',
      'The shell must find jobctl on the PATH: `npx jobctl` is not completed. Before',
      'that line, with the path of your clone:',
      '  export PATH="$HOME/job-worker/node_modules/.bin:$PATH"',
    ].join('\n'),
  })
    .addArgument(new Argument('<shell>').choices(shells))
    .action((shell: Shell, _options: unknown, command: Command) =>
      runHere(command, async ({ stdout }) => {
        stdout.write(scripts[shell]);
        return 'ok';
      }),
    );
  program
    .command('complete-line <line>', { hidden: true })
    .action((line: string, _options: unknown, command: Command) =>
      runHere(command, async (terminal) => {
        // Whatever is wrong: this is no place to say it.
        await complete(program, line, terminal).catch(() => undefined);
        return 'ok';
      }),
    );
}

async function complete(program: Command, line: string, terminal: Terminal): Promise<void> {
  const words = splitLine(line).slice(1);
  if (words.includes('keys')) await addKeysWords(program, AbortSignal.timeout(timeoutMs));
  const place = findPlace(program, words);
  const found = await candidatesFor(place, sourcesOf(terminal, place.system));
  const lines =
    found === 'files'
      ? [':files']
      : found.map(({ value, description }) => [value, plainText(description ?? '')].join('\t').trimEnd());
  terminal.stdout.write(lines.map((each) => `${each}\n`).join(''));
}

const sourcesOf = (terminal: Terminal, system: SystemOptions): Sources => ({
  async names(source) {
    return namesOf[source](terminal, system).catch(() => []);
  },
});

type Naming = (terminal: Terminal, system: SystemOptions) => Promise<readonly string[]>;

/** The one-time look of a session: no try is repeated. */
async function ask<Item>(
  target: string,
  terminal: Terminal,
  system: SystemOptions,
): Promise<readonly Item[]> {
  const signal = AbortSignal.any([terminal.signal, AbortSignal.timeout(timeoutMs)]);
  const session = openSession(system, { ...terminal, signal });
  return (await session.call<{ readonly items: readonly Item[] }>(target)).items;
}

const namesOf: Readonly<Record<Source, Naming>> = {
  async types(terminal, system) {
    const types = await ask<{ type: string; reserved?: string }>('GET /job-types', terminal, system);
    return types.filter(({ reserved }) => reserved === undefined).map(({ type }) => type);
  },
  async schedules(terminal, system) {
    const schedules = await ask<{ name: string }>('GET /schedules', terminal, system);
    return schedules.map(({ name }) => name);
  },
  async profiles({ env }) {
    return [...readProfiles(profilesPath(env)).profiles.keys()];
  },
};
