import type { Argument, Command, Option } from 'commander';
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

interface Reading {
  command: Command;
  /** Arguments so far. */
  count: number;
  /** It takes the next word. */
  open: Option | undefined;
  /** `--` was typed: no more options. */
  hasEnded: boolean;
  readonly system: { url?: string; profile?: string };
}

/** @param words without the name of the program; the last one is being typed */
export function findPlace(program: Command, words: readonly string[]): Place {
  const reading: Reading = { command: program, count: 0, open: undefined, hasEnded: false, system: {} };
  for (const word of words.slice(0, -1)) read(word, reading);
  const { command, open, hasEnded, system } = reading;
  const word = words.at(-1) ?? '';
  const [name, value] = splitOption(word);
  const assigned = value === undefined || hasEnded ? undefined : optionOf(command, name);
  if (assigned && value !== undefined)
    return { command, value: assigned, isFree: false, typed: value, system };
  const isOption = word.startsWith('-') && !hasEnded;
  if (open && !isOption) return { command, value: open, isFree: false, typed: word, system };
  return {
    command,
    value: isOption ? undefined : argumentOf(reading),
    isFree: !hasEnded,
    typed: word,
    system,
  };
}

function read(word: string, reading: Reading): void {
  if (word.startsWith('-') && !reading.hasEnded) readOption(word, reading);
  else if (reading.open) readValue(word, reading.open, reading);
  else readArgument(word, reading);
}

function readOption(word: string, reading: Reading): void {
  const [name, value] = splitOption(word);
  const option = optionOf(reading.command, name);
  reading.hasEnded = word === '--';
  reading.open = value === undefined && takesValue(option) ? option : undefined;
  if (value !== undefined) note(option, value, reading);
}

function readValue(word: string, option: Option, reading: Reading): void {
  note(option, word, reading);
  reading.open = undefined;
}

function readArgument(word: string, reading: Reading): void {
  const { command, count } = reading;
  // What follows it is a command.
  if (command.parent === null && count === 0 && word === 'help') return;
  const next = count === 0 ? command.commands.find((each) => each.name() === word) : undefined;
  if (next) reading.command = next;
  else reading.count += 1;
}

function note(option: Option | undefined, value: string, { system }: Reading): void {
  if (option?.long === '--url') system.url = value;
  if (option?.long === '--profile') system.profile = value;
}

function splitOption(word: string): readonly [string, string | undefined] {
  const at = word.startsWith('--') ? word.indexOf('=') : -1;
  return at === -1 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)];
}

const optionOf = (command: Command, name: string): Option | undefined =>
  command.options.find(({ long, short }) => name !== '' && (long === name || short === name)) ??
  (command.parent ? optionOf(command.parent, name) : undefined);

const takesValue = (option: Option | undefined): boolean => option !== undefined && !option.isBoolean();

function argumentOf({ command, count }: Reading): Argument | undefined {
  const args = command.registeredArguments;
  const last = args.at(-1);
  return args[count] ?? (last?.variadic ? last : undefined);
}
