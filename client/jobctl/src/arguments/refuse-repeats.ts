import type { Command } from 'commander';

/** For an option that may come several times. */
export const collect = (value: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  value,
];

/** Commander would take the last value in silence, also where somebody meant both: a filter by two statuses, say. */
export function refuseRepeats(command: Command): void {
  for (const { flags, long, parseArg, required, optional } of command.options) {
    if (!long || !(required || optional) || parseArg === collect) continue;
    let count = 0;
    command.on(`option:${long.slice('--'.length)}`, () => {
      count += 1;
      if (count > 1) command.error(`error: option '${flags}' was given more than once, and takes one value`);
    });
  }
  command.commands.forEach(refuseRepeats);
}
