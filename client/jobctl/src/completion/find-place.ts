import { type Argument, Command, Option } from 'commander';
import type { SystemOptions } from '../find-system.ts';

/** Where on a command line the word is that is being typed. */
export interface Place {
  readonly command: Command;
  /** What the word is a value of: an option, or an argument of the command. */
  readonly value: Option | Argument | undefined;
  /** Whether it may be an option or a command in place of a value. */
  readonly isFree: boolean;
  /** The word, or what of it is behind `--option=`. */
  readonly typed: string;
  /** Which system the line names. */
  readonly system: SystemOptions;
}

/** Stands for the word that is being typed: commander says where it puts this one. */
const mark = '\0';

/** @param words without the name of the program; the last one is being typed */
export function findPlace(program: Command, words: readonly string[]): Place {
  // What follows `help` is a command.
  const before = words.slice(words[0] === 'help' ? 1 : 0, -1);
  const word = words.at(-1) ?? '';
  const hasEnded = before.includes('--');
  const [, name = '', assigned] = (hasEnded ? null : /^(--[^=]*=)(.*)$/s.exec(word)) ?? [];
  const { value, ...found } = placeOfMark(program, [...before, `${name}${mark}`]);
  const ofOption = value instanceof Option;
  if (ofOption && assigned !== undefined) return { ...found, value, isFree: false, typed: assigned };
  if (word.startsWith('-') && !hasEnded) return { ...found, value: undefined, isFree: true, typed: word };
  return { ...found, value, isFree: !ofOption && !hasEnded, typed: word };
}

type Found = Pick<Place, 'command' | 'value' | 'system'>;

function placeOfMark(program: Command, words: readonly string[]): Found {
  let found: Found = { command: program, value: undefined, system: {} };
  const copy = inertCopy(program, (command, reached) => {
    const { url, profile }: SystemOptions = reached.optsWithGlobals();
    const system = { ...(url === mark ? {} : { url }), ...(profile === mark ? {} : { profile }) };
    found = { command, value: markedOption(command, reached) ?? markedArgument(command, reached), system };
  });
  copy.parse(words, { from: 'user' });
  return found;
}

/** The same commands and options, which take any words and do nothing. */
function inertCopy(command: Command, reach: (command: Command, copy: Command) => void): Command {
  const copy = new Command(command.name()).helpOption(false).helpCommand(false).exitOverride();
  copy.allowUnknownOption().argument('[words...]');
  copy.configureOutput({ writeErr: () => {} });
  for (const { flags } of command.options) copy.option(flags);
  for (const each of command.commands) copy.addCommand(inertCopy(each, reach));
  return copy.action(() => reach(command, copy));
}

function markedOption(command: Command, copy: Command): Option | undefined {
  const index = copy.options.findIndex((option) => copy.getOptionValue(option.attributeName()) === mark);
  if (index !== -1) return command.options[index];
  return command.parent && copy.parent ? markedOption(command.parent, copy.parent) : undefined;
}

function markedArgument({ registeredArguments }: Command, { args }: Command): Argument | undefined {
  const index = args.filter((word) => !word.startsWith('-')).indexOf(mark);
  const last = registeredArguments.at(-1);
  return registeredArguments[index] ?? (index !== -1 && last?.variadic ? last : undefined);
}
