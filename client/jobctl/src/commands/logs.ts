import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import { parseJobId } from '../arguments/job-id.ts';
import { CommandError, type Ending, usageError } from '../ending.ts';
import { hasEnded } from '../jobs/follow-job.ts';
import type { Run } from '../system/run-command.ts';
import type { Session } from '../system/session.ts';
import type { Colors } from '../terminal/output.ts';
import { plainText } from '../terminal/plain-text.ts';
import { addCommand } from './add-command.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A line of a job, as `GET /jobs/{id}/logs` has it. */
interface Line {
  readonly level: string;
  readonly time: string;
  readonly attempt: number;
  readonly message: string;
  readonly fields?: Fields;
}

interface Answer {
  /** The newest first. */
  readonly items: readonly Line[];
  readonly nextCursor?: string;
}

interface LogFlags {
  readonly all?: boolean;
  readonly follow?: boolean;
  readonly attempt?: string;
  readonly level?: string;
}

/** From the least to the most. */
const levels = ['debug', 'info', 'warn', 'error'] as const;
const followMs = 2_000;

/** It needs the right `logs`. */
export const addLogs = (program: Command, run: Run): Command =>
  addCommand(program, 'logs <job>', {
    description: 'print what the handler of a job has logged, the oldest line first',
    examples: [
      'jobctl logs 8727fcca-6715-88cd-be4f-02627a10fc09 --follow',
      'jobctl logs 8727fcca-6715-88cd-be4f-02627a10fc09 --all --level warn',
    ],
    more: [
      'Without --all: the last lines, which are stored with the job if its type or its',
      'stage keeps them. While it runs they come with each heartbeat, every 20 s.',
      'With --all its logs are searched, which takes some seconds, and has a price by',
      'the bytes that are read. It needs a key with the right logs.',
    ].join('\n'),
  })
    .option('--all', 'search the logs for all lines of all attempts')
    .option('--follow', 'go on until the job has ended')
    .option('--attempt <number>', 'only of this attempt')
    .addOption(new Option('--level <level>', 'of this level or more').choices(levels))
    .action((job: string, _options: unknown, command: Command) =>
      run(command, (session, options: LogFlags) => printLogs(parseJobId(job, session), options, session)),
    );

async function printLogs(
  id: string,
  { all, follow, attempt, level }: LogFlags,
  session: Session,
): Promise<Ending> {
  if (all && follow) throw new CommandError('usage', 'Use --all or --follow: a search has an end.');
  if (attempt !== undefined && !/^[1-9]\d{0,8}$/.test(attempt))
    throw usageError(`--attempt is "${attempt}". Use a whole number from 1.`);
  const asked: LogQuery = {
    id,
    filter: { ...(attempt === undefined ? {} : { attempt }), ...(level === undefined ? {} : { level }) },
  };
  const print = printer(session);
  if (follow) return followLogs(asked, print, session);
  print(await (all ? allLines(asked, session) : lastLines(asked, session)));
  return 'ok';
}

/** The lines of a job that are asked for. */
interface LogQuery {
  readonly id: string;
  /** In the words of the API's query. */
  readonly filter: Readonly<Record<string, string>>;
}

const readLines = (
  { id, filter }: LogQuery,
  { more, call }: Pick<Session, 'call'> & { readonly more: Readonly<Record<string, string>> },
): Promise<Answer> => {
  const query = new URLSearchParams({ ...more, ...filter }).toString();
  return call<Answer>(`GET /jobs/${id}/logs${query === '' ? '' : `?${query}`}`);
};

const lastLines = async (asked: LogQuery, { call }: Session): Promise<readonly Line[]> =>
  (await readLines(asked, { more: {}, call })).items.toReversed();

/** While the logs are searched, an answer has a cursor and no line. */
async function allLines(asked: LogQuery, { call, signal }: Session): Promise<readonly Line[]> {
  const lines: Line[] = [];
  let cursor: string | undefined;
  do {
    const more: { source: string } | { cursor: string } =
      cursor === undefined ? { source: 'all' } : { cursor };
    const { items, nextCursor } = await readLines(asked, { more, call });
    lines.push(...items);
    cursor = nextCursor;
    if (items.length === 0 && cursor !== undefined) await sleep(1_000, undefined, { signal });
  } while (cursor !== undefined);
  return lines.reverse();
}

async function followLogs(
  asked: LogQuery,
  print: (lines: readonly Line[]) => void,
  session: Session,
): Promise<Ending> {
  const { client, signal } = session;
  for (;;) {
    const job = await client.get(asked.id, { signal });
    // Read after the state: what the end has stored is there.
    print(await lastLines(asked, session));
    if (hasEnded(job)) return 'ok';
    await sleep(followMs, undefined, { signal });
  }
}

/** Prints each line once. */
function printer({ output }: Session): (lines: readonly Line[]) => void {
  const printed = new Set<string>();
  return (lines) => {
    for (const line of lines) {
      const key = JSON.stringify(line);
      if (printed.has(key)) continue;
      printed.add(key);
      if (output.isJson) output.jsonLine(line);
      else output.line(lineText(line, output.colors));
    }
  };
}

/** The fields are in the line, and the stack of an error stands below it, as a stack. */
function lineText({ level, time, attempt, message, fields }: Line, { dim, yellow, red }: Colors): string {
  const colour = { warn: yellow, error: red }[level] ?? ((text: string) => text);
  const { frames, rest } = splitStack(fields);
  const more = rest === undefined ? '' : ` ${dim(plainText(JSON.stringify(rest)))}`;
  const line = `${dim(plainText(time))} ${attempt} ${colour(plainText(level).toUpperCase().padEnd(5))} ${plainText(message)}${more}`;
  return [line, ...frames.map((frame) => dim(`    ${plainText(frame)}`))].join('\n');
}

/** What a stack says before its frames is in the error, too. */
function splitStack(fields: Line['fields']): { readonly frames: readonly string[]; readonly rest?: Fields } {
  const { error, ...others } = fields ?? {};
  const { stack, ...ofError } = typeof error === 'object' && error !== null && 'stack' in error ? error : {};
  if (typeof stack !== 'string') return { frames: [], ...(fields === undefined ? {} : { rest: fields }) };
  const frames = stack.split('\n').filter((line) => /^\s*at .*(?::\d+|<anonymous>)\)?$/.test(line));
  return { frames, rest: { error: ofError, ...others } };
}
