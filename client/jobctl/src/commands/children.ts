import type { Command } from 'commander';
import { addCommand } from '../add-command.ts';
import { type Ending, usageError } from '../ending.ts';
import { parseJobId } from '../job-id.ts';
import { plainText, shortText } from '../plain-text.ts';
import type { Run } from '../run-command.ts';
import type { Session } from '../session.ts';

/** What a job has spawned under one key, as `GET /jobs/{id}/children` has it. */
interface Batch {
  readonly key: string;
  readonly type: string;
  readonly count: number;
  readonly ended: number;
  readonly unsuccessful: number;
}

interface Child {
  readonly index: number;
  readonly id: string;
  readonly status: string;
  readonly error?: { readonly name: string; readonly message: string };
}

interface Page {
  readonly items: readonly Child[];
  readonly next?: number;
}

interface Options {
  readonly unsuccessful?: true;
}

const maxMessage = 200;

/** It needs the right `read`. */
export const addChildren = (program: Command, run: Run): Command =>
  addCommand(program, 'children <job> [key]', {
    description: 'show how far the children of a job are, or list those of one batch',
    examples: [
      'jobctl children 8727fcca-6715-88cd-be4f-02627a10fc09',
      'jobctl children 8727fcca-6715-88cd-be4f-02627a10fc09 pages --unsuccessful',
    ],
    more: 'With --json, each line is a batch, or a child.',
  })
    .option('--unsuccessful', 'with a key: only those that have ended and did not succeed')
    .action((job: string, key: string | undefined, _options: unknown, command: Command) =>
      run(command, (session, options: Options) =>
        key === undefined
          ? showBatches(parseJobId(job, session), options, session)
          : showChildren({ job: parseJobId(job, session), key }, options, session),
      ),
    );

async function showBatches(
  job: string,
  { unsuccessful }: Options,
  { call, output }: Session,
): Promise<Ending> {
  if (unsuccessful) throw usageError('--unsuccessful needs the key of a batch.');
  const { items } = await call<{ readonly items: readonly Batch[] }>(`GET /jobs/${job}/children`);
  for (const batch of items)
    if (output.isJson) output.jsonLine(batch);
    else output.line(batchText(batch));
  if (items.length === 0) output.hint('The job has no children.');
  return 'ok';
}

const batchText = ({ key, type, count, ended, unsuccessful }: Batch): string =>
  `${plainText(key)}  ${plainText(type)}  ${ended} of ${count} ended, ${unsuccessful} unsuccessful`;

async function showChildren(
  { job, key }: { readonly job: string; readonly key: string },
  { unsuccessful }: Options,
  { call, output }: Session,
): Promise<Ending> {
  // The gateway decodes the path twice: before it looks for the route, and after that.
  const path = `/jobs/${job}/children/${encodeURIComponent(encodeURIComponent(key))}`;
  const query = new URLSearchParams(unsuccessful ? { unsuccessful: 'true' } : {});
  for (;;) {
    const { items, next } = await call<Page>(`GET ${path}?${query}`);
    for (const child of items)
      if (output.isJson) output.jsonLine(child);
      else output.line(childText(child));
    if (next === undefined) return 'ok';
    query.set('after', String(next));
  }
}

function childText({ index, id, status, error }: Child): string {
  const why = error ? `  ${shortText(plainText(`${error.name}: ${error.message}`), maxMessage)}` : '';
  return `${index}  ${plainText(id)}  ${plainText(status)}${why}`;
}
