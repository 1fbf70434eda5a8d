import type { Command } from 'commander';

/** @throws CommanderError that names the word, and the commands that there are */
export function refuseUnknown(command: Command, word: string): never {
  const names = command
    .createHelp()
    .visibleCommands(command)
    .map((each) => each.name());
  return command.error(`error: unknown command '${word}'. There are: ${names.join(', ')}`, {
    code: 'commander.unknownCommand',
  });
}

/**
 * Of a command that has commands below it, and does something without one. Commander takes a wrong name below it for
 * one argument too many. To be called when it has its commands: they would take any arguments, too.
 */
export const refuseUnknownBelow = (group: Command): Command =>
  group.allowExcessArguments().hook('preAction', (_group, command) => {
    const [word] = group.args;
    if (command === group && word !== undefined) refuseUnknown(group, word);
  });
