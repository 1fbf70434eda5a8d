import type { Command } from 'commander';
import { refuseUnknown } from './unknown-command.ts';

/** That of commander takes an unknown command for none, and finds none below another. */
export const addHelp = (program: Command): Command =>
  program
    .helpCommand(false)
    .command('help [command...]')
    .description('show what a command does, with examples')
    .action((names: readonly string[]) => {
      let command = program;
      for (const name of names) {
        const next = command.commands.find((each) => each.name() === name);
        if (next) command = next;
        else refuseUnknown(command, name);
      }
      command.help();
    });
