import type { Command } from 'commander';
import { type Ending, usageError } from '../ending.ts';
import type { Run } from '../system/run-command.ts';
import type { Session } from '../system/session.ts';
import { localText } from '../terminal/job-text.ts';
import { plainText, shortText } from '../terminal/plain-text.ts';
import { addCommand } from './add-command.ts';

/** A group of errors, as `GET /errors` has it. */
interface ErrorGroup {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly count: number;
  readonly hasMore: boolean;
  readonly firstSeenAt: string;
  readonly lastSeenAt: string;
  readonly example?: { readonly id: string; readonly message: string };
}

interface Page {
  readonly items: readonly ErrorGroup[];
  readonly nextCursor?: string;
}

interface ErrorsFlags {
  readonly type?: string;
  readonly limit?: string;
}

const defaultLimit = 20;
const maxPage = 100;
const maxMessage = 200;

export const addErrors = (program: Command, run: Run): Command =>
  addCommand(program, 'errors', {
    description: 'show why jobs failed: a group for each type, error and day, the newest first',
    examples: [
      'jobctl errors --type csv-aggregate',
      `jobctl errors --json | jq -r 'select(.count > 10).id'`,
      'jobctl retry --error 6d1f0c3a9b7e42558c0e4d2a71b39f86',
    ],
    more: [
      'Errors are in one group if their messages differ only in numbers, ids, quoted',
      'texts, paths and the like. `jobctl list`, `retry` and `erase` take the id of a',
      'group as --error. With --json, each line is a group.',
    ].join('\n'),
  })
    .option('--type <type>', 'of jobs of this type')
    .option('--limit <count>', `so many groups at most, up to ${maxPage}; default: ${defaultLimit}`)
    .action((_options: unknown, command: Command) =>
      run(command, (session, options: ErrorsFlags) => listErrors(options, session)),
    );

async function listErrors(options: ErrorsFlags, { call, output }: Session): Promise<Ending> {
  const limit = options.limit ?? String(defaultLimit);
  if (!/^[1-9]\d?$|^100$/.test(limit))
    throw usageError(`--limit is "${limit}". Use a number from 1 to ${maxPage}.`);
  const wanted = Number(limit);
  const query = new URLSearchParams({ limit, ...(options.type === undefined ? {} : { type: options.type }) });
  let count = 0;
  // A page may come short, and have a next one.
  for (;;) {
    const { items, nextCursor } = await call<Page>(`GET /errors?${query}`);
    const shown = items.slice(0, wanted - count);
    count += shown.length;
    for (const group of shown)
      if (output.isJson) output.jsonLine(group);
      else output.line(describe(group));
    if (nextCursor === undefined) break;
    if (count >= wanted) {
      output.hint(`There are more: --limit, up to ${maxPage}, or --type.`);
      break;
    }
    query.set('cursor', nextCursor);
  }
  if (count === 0) output.hint('There are no such errors.');
  return 'ok';
}

function describe({ id, type, name, count, hasMore, firstSeenAt, lastSeenAt, example }: ErrorGroup): string {
  const jobs = `${hasMore ? 'more than ' : ''}${count} ${count === 1 ? 'job' : 'jobs'}`;
  const message = example === undefined ? '' : `: ${shortText(plainText(example.message), maxMessage)}`;
  return [
    `${id}  ${jobs} of ${plainText(type)}, from ${localText(firstSeenAt)} to ${localText(lastSeenAt)}`,
    `  ${plainText(name)}${message}${example === undefined ? '' : `  (job ${example.id})`}`,
  ].join('\n');
}
