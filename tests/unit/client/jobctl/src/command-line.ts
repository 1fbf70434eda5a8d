import type { Command } from 'commander';
import { buildProgram } from '../../../../../client/jobctl/src/program.ts';
import type { RunHere, Runs } from '../../../../../client/jobctl/src/run-command.ts';

interface Parsed {
  readonly printed: string;
  /** Whether a command would have been run. */
  readonly isRun: boolean;
}

/** Parses a command line, and runs nothing. */
export async function parse(args: readonly string[]): Promise<Parsed> {
  let printed = '';
  let isRun = false;
  const noted: Runs['run'] & RunHere = async () => {
    isRun = true;
  };
  const program = buildProgram({ run: noted, runHere: noted }, '1.2.3');
  const write = (text: string) => {
    printed += text;
  };
  const capture = (command: Command): void => {
    command.configureOutput({ writeOut: write, writeErr: write });
    command.commands.forEach(capture);
  };
  capture(program);
  await program.parseAsync(args, { from: 'user' }).catch(() => undefined);
  return { printed, isRun };
}

/** Each command as it is typed, such as `schedules` and `schedules run`. */
export const commandNames: readonly string[] = namesBelow(
  buildProgram({ run: async () => {}, runHere: async () => {} }, '1.2.3'),
);

function namesBelow(command: Command): readonly string[] {
  const commands = command.createHelp().visibleCommands(command);
  return commands
    .filter((each) => each.name() !== 'help')
    .flatMap((each) => [each.name(), ...namesBelow(each).map((name) => `${each.name()} ${name}`)]);
}

/** The words of each `jobctl` in these lines, as a shell reads them. */
export const commandLinesIn = (text: string): readonly (readonly string[])[] =>
  [...text.matchAll(/^ +(?:\$ )?.*?\bjobctl (?![A-Z\d])(.*)$/gm)]
    .map(([, rest = '']) =>
      rest
        .replace(/ <\S+/, '')
        .replace(/ *(#| {10}|[|>;&]).*$/, '')
        .replaceAll('ID...', 'ID'),
    )
    .filter((rest) => !/\$\(|\\$/.test(rest))
    .map((rest) =>
      [...rest.matchAll(/'([^']*)'|"([^"]*)"|([^\s'")]+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? ''),
    );
