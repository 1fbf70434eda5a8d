import { type Command, Option } from 'commander';
import { usageError } from '../ending.ts';
import { type JobFilter, type JobStatus, jobStatuses } from '../library.ts';
import { parseTime } from './parse-time.ts';
import { collect } from './refuse-repeats.ts';

/** As they are typed. */
export interface FilterOptions {
  readonly status?: JobStatus;
  readonly type?: string;
  readonly group?: string;
  readonly error?: string;
  readonly tag?: readonly string[];
  readonly since?: string;
  readonly until?: string;
}

export const addFilterOptions = (command: Command): Command =>
  command
    .addOption(new Option('--status <status>', 'with this status').choices(jobStatuses))
    .option('--type <type>', 'of this type')
    .option('--tag <tag>', 'with this tag; several times: with all of them', collect)
    .option('--group <group>', 'of this group')
    .option('--error <id>', 'failed with this error: see jobctl errors')
    .option('--since <time>', 'created at this time or later: 2h (ago), yesterday, 09:30, 2026-12-24')
    .option('--until <time>', 'created before this time, written in the same way');

/** @param now epoch milliseconds. @throws CommandError */
export function filterOf(
  { status, type, group, error, tag, since, until }: FilterOptions,
  now: number,
): JobFilter {
  const time = (text: string | undefined, option: string) =>
    text === undefined ? undefined : parseTime(text, { now, direction: 'back', option }).toISOString();
  const filter = {
    status,
    type,
    group,
    error,
    tags: tag,
    since: time(since, '--since'),
    until: time(until, '--until'),
  };
  if (filter.since !== undefined && filter.until !== undefined && filter.since >= filter.until)
    throw usageError('--since is not before --until: no job was created then.');
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}
