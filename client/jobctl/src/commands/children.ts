import { type Command, Option } from 'commander';
import { addCommand } from '../add-command.ts';
import { type Ending, usageError } from '../ending.ts';
import { parseJobId } from '../job-id.ts';
import type { Batch, Child, ChildState } from '../library.ts';
import { plainText, shortText } from '../plain-text.ts';
import type { Run } from '../run-command.ts';
import type { Session } from '../session.ts';

interface Options {
  readonly status?: ChildState;
}

/** In the order in which they are offered. */
const states: readonly ChildState[] = ['open', 'succeeded', 'unsuccessful'];
const maxMessage = 200;

/** It needs the right `read`. */
export const addChildren = (program: Command, run: Run): Command =>
  addCommand(program, 'children <job> [key]', {
    description: 'show how far the children of a job are, or list those of one batch',
    examples: [
      'jobctl children 8727fcca-6715-88cd-be4f-02627a10fc09',
      'jobctl children 8727fcca-6715-88cd-be4f-02627a10fc09 pages --status open',
    ],
    more: [
      'A child is open until it has ended. What has failed, or was canceled, is',
      'unsuccessful. With --json, each line is a batch, or a child.',
    ].join('\n'),
  })
    .addOption(new Option('--status <status>', 'with a key: only those that are so').choices(states))
    .action((job: string, key: string | undefined, _options: unknown, command: Command) =>
      run(command, (session, options: Options) =>
        key === undefined
          ? showBatches(parseJobId(job, session), options, session)
          : showChildren({ job: parseJobId(job, session), key }, options, session),
      ),
    );

async function showBatches(
  job: string,
  { status }: Options,
  { client, output, signal }: Session,
): Promise<Ending> {
  if (status !== undefined) throw usageError('--status needs the key of a batch.');
  const batches = await client.batches(job, { signal });
  for (const batch of batches)
    if (output.isJson) output.jsonLine(batch);
    else output.line(batchText(batch));
  if (batches.length === 0) output.hint('The job has no children.');
  return 'ok';
}

const batchText = ({ key, type, count, ended, unsuccessful }: Batch): string =>
  `${plainText(key)}  ${plainText(type)}  ${ended} of ${count} ended, ${unsuccessful} unsuccessful`;

async function showChildren(
  { job, key }: { readonly job: string; readonly key: string },
  { status }: Options,
  { client, output, signal }: Session,
): Promise<Ending> {
  for await (const child of client.children(job, key, { status, signal }))
    if (output.isJson) output.jsonLine(child);
    else output.line(childText(child));
  return 'ok';
}

function childText({ index, id, status, error }: Child): string {
  const why = error ? `  ${shortText(plainText(`${error.name}: ${error.message}`), maxMessage)}` : '';
  return `${index}  ${plainText(id)}  ${plainText(status)}${why}`;
}
