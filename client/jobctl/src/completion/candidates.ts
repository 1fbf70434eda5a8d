import { Argument, type Command, type Option } from 'commander';
import type { Place } from './find-place.ts';

/** What a word may become. */
export interface Candidate {
  readonly value: string;
  readonly description?: string;
}

/** Names that only the system, or a file here, can tell. */
export type Source = 'types' | 'schedules' | 'profiles';

export interface Sources {
  names(source: Source): Promise<readonly string[]>;
}

/** What the placeholder of an option or an argument stands for, as `--help` shows it. */
const meanings: Readonly<Record<string, Source | 'files' | undefined>> = {
  type: 'types',
  schedule: 'schedules',
  profile: 'profiles',
  file: 'files',
  payload: 'files',
};

/** @returns what fits, or that it is a file, which the shell knows best */
export async function candidatesFor(place: Place, sources: Sources): Promise<readonly Candidate[] | 'files'> {
  const { command, value, isFree, typed } = place;
  const known = await valuesOf(value, typed, sources);
  if (known === 'files') return 'files';
  const commands = isFree ? commandsOf(command) : [];
  const fixed = [...(isFree && value === command.registeredArguments[0] ? commands : []), ...known];
  const wantsOption = isFree && (typed.startsWith('-') || (fixed.length === 0 && value === undefined));
  return [...fixed, ...(wantsOption ? optionsOf(command) : [])].filter(
    (candidate) => candidate.value.startsWith(typed) && isPlain(candidate.value),
  );
}

/**
 * A shell puts a candidate into the command line, and some do so unquoted. No name of a job type, a schedule or a profile has
 * other characters than these, so one that has is none. A list has commas.
 */
const isPlain = (value: string): boolean => /^[\w-][\w.,-]*$/.test(value);

async function valuesOf(
  value: Option | Argument | undefined,
  typed: string,
  sources: Sources,
): Promise<readonly Candidate[] | 'files'> {
  if (value === undefined) return [];
  if (placeholderOf(value) === 'list') return listOf(value.argChoices ?? [], typed);
  if (value.argChoices) return value.argChoices.map((choice) => ({ value: choice }));
  const meaning = meanings[placeholderOf(value)];
  if (meaning === undefined || meaning === 'files') return meaning ?? [];
  return (await sources.names(meaning)).map((name) => ({ value: name }));
}

/** A comma list: what is typed before the last comma stays. */
function listOf(choices: readonly string[], typed: string): readonly Candidate[] {
  const before = typed.slice(0, typed.lastIndexOf(',') + 1);
  const taken = before.split(',');
  return choices.filter((each) => !taken.includes(each)).map((each) => ({ value: `${before}${each}` }));
}

const placeholderOf = (value: Option | Argument): string =>
  value instanceof Argument ? value.name() : (/[<[]([\w-]+)/.exec(value.flags)?.[1] ?? '');

const commandsOf = (command: Command): readonly Candidate[] =>
  command
    .createHelp()
    .visibleCommands(command)
    .map((each) => ({ value: each.name(), description: each.description() }));

const optionsOf = (command: Command): readonly Candidate[] =>
  command
    .createHelp()
    .visibleOptions(command)
    .flatMap(({ long, description }) => (long ? [{ value: long, description }] : []));
