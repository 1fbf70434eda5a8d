import type { Command } from 'commander';
import { addFilterOptions, type FilterOptions, filterOf } from '../arguments/filter-options.ts';
import { type Ending, usageError } from '../ending.ts';
import type { Run } from '../system/run-command.ts';
import type { Session } from '../system/session.ts';
import { listHeader, listLine, localText } from '../terminal/job-text.ts';
import { addCommand } from './add-command.ts';

interface ListFlags extends FilterOptions {
  readonly limit?: string;
  readonly all?: true;
}

const defaultLimit = 20;
const maxPage = 100;
const reportEveryMs = 1_000;

export const addList = (program: Command, run: Run): Command =>
  addFilterOptions(
    addCommand(program, 'list', {
      description: 'list jobs, the newest first',
      examples: [
        'jobctl list --status failed --since yesterday --until today',
        'jobctl list --type csv-aggregate --tag "import 7" --limit 50',
        `jobctl list --status running --all --json | jq -r .id`,
      ],
      more: [
        '`jobctl status ID` tells why a job failed. `jobctl retry` and `jobctl cancel`',
        'take the same filter.',
        'With --json, each line is a job.',
      ].join('\n'),
    }),
  )
    .option('--limit <count>', `so many jobs at most; default: ${defaultLimit}`)
    .option('--all', 'all of them, however many there are')
    .action((_options: unknown, command: Command) =>
      run(command, (session, options: ListFlags) => list(options, session)),
    );

async function list(options: ListFlags, session: Session): Promise<Ending> {
  const { client, output, signal } = session;
  const limit = limitOf(options);
  const filter = filterOf(options, session.now());
  let count = 0;
  const pageSize = Math.min(limit + 1, maxPage);
  for await (const job of client.list({ ...filter, pageSize, signal, onSearched: searchReporter(session) })) {
    if (count === limit) {
      const more = `There are more: --limit ${limit * 5}, or --all.`;
      // A script that has named no limit may take these for all.
      if (options.limit === undefined) output.warn(more);
      else output.hint(more);
      break;
    }
    const columns = output.stdout.isTTY ? output.stdout.columns : undefined;
    if (count === 0 && output.stdout.isTTY && !output.isJson) output.line(listHeader(output.colors, columns));
    count += 1;
    if (output.isJson) output.jsonLine(job);
    else output.line(listLine(job, output.colors, columns));
  }
  if (count === 0) output.hint('There are no such jobs.');
  return 'ok';
}

/** Few jobs may pass a filter, and a search of all of them takes minutes: a person reads each second how far it is. */
function searchReporter({ output, now }: Session): (since: Date) => void {
  let reportedAt = now();
  return (since) => {
    if (now() - reportedAt < reportEveryMs) return;
    reportedAt = now();
    output.hint(
      `Looked at the jobs since ${localText(since.toISOString())}. The search goes on; Ctrl-C ends it.`,
    );
  };
}

/** @throws CommandError */
function limitOf({ limit, all }: ListFlags): number {
  if (all && limit !== undefined) throw usageError('--limit and --all exclude each other.');
  if (all) return Infinity;
  if (limit === undefined) return defaultLimit;
  if (!/^[1-9]\d{0,8}$/.test(limit)) throw usageError(`--limit is "${limit}". Use a number from 1 on.`);
  return Number(limit);
}
