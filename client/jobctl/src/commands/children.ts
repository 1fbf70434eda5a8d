import { type Command, Option } from 'commander';
import { parseJobId } from '../arguments/job-id.ts';
import { type Ending, usageError } from '../ending.ts';
import { type Child, type ChildState, outcomes } from '../library.ts';
import type { Run } from '../system/run-command.ts';
import type { Session } from '../system/session.ts';
import { batchText } from '../terminal/job-text.ts';
import { plainText, shortText } from '../terminal/plain-text.ts';
import { addCommand } from './add-command.ts';

interface ChildrenFlags {
  readonly status?: ChildState;
  readonly cancel?: true;
  readonly retry?: true;
}

interface BatchAddress {
  readonly job: string;
  readonly key: string;
}

/** In the order in which they are offered. */
const states: readonly ChildState[] = ['open', 'succeeded', 'unsuccessful'];
const maxMessage = 200;

/** It needs the right `read`, or `control` to cancel or retry. */
export const addChildren = (program: Command, run: Run): Command =>
  addCommand(program, 'children <job> [key] [index]', {
    description: 'show how far the children of a job are, list those of one batch, or act on them',
    examples: [
      'jobctl children 8727fcca-6715-88cd-be4f-02627a10fc09',
      'jobctl children 8727fcca-6715-88cd-be4f-02627a10fc09 pages --status open',
      'jobctl children 8727fcca-6715-88cd-be4f-02627a10fc09 pages --retry',
      'jobctl children 8727fcca-6715-88cd-be4f-02627a10fc09 pages 76 --cancel',
    ],
    more: [
      'A child is open until it has ended. What has failed, or was canceled, is',
      'unsuccessful. With --json, each line is a batch, or a child.',
      'With --retry, while the job waits for them, those that do not succeed are made',
      'again when all have ended, and the job looks for lost ones at once. --cancel',
      'and --retry need a key with the right control.',
    ].join('\n'),
  })
    .addOption(new Option('--status <status>', 'with a key: only those that are so').choices(states))
    .option('--cancel', 'with a key and an index: cancel this child')
    .option('--retry', 'with a key: make those again that do not succeed, when all have ended')
    .action((job: string, key: string | undefined, index: string | undefined, ...rest: [unknown, Command]) =>
      run(rest[1], (session, options: ChildrenFlags) =>
        key === undefined
          ? showBatches(parseJobId(job, session), options, session)
          : ofBatch({ job: parseJobId(job, session), key }, index, { options, session }),
      ),
    );

interface CommandRun {
  readonly options: ChildrenFlags;
  readonly session: Session;
}

function ofBatch(
  place: BatchAddress,
  text: string | undefined,
  { options, session }: CommandRun,
): Promise<Ending> {
  const { status, cancel, retry } = options;
  if ([status, cancel, retry].filter((option) => option !== undefined).length > 1)
    throw usageError('--status, --cancel and --retry do not go together.');
  if (text === undefined) {
    if (cancel) throw usageError('--cancel needs the index of a child.');
    return retry ? retryChildren(place, session) : showChildren(place, options, session);
  }
  if (status !== undefined || retry)
    throw usageError('--status and --retry are for a batch: without an index.');
  const index = parseIndex(text);
  return cancel ? cancelChild(place, index, session) : showChild(place, index, session);
}

function parseIndex(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw usageError('The index of a child is a whole number from 0.');
  return Number(text);
}

async function showBatches(
  job: string,
  { status, cancel, retry }: ChildrenFlags,
  { client, output, signal }: Session,
): Promise<Ending> {
  if (status !== undefined) throw usageError('--status needs the key of a batch.');
  if (cancel || retry) throw usageError('--cancel and --retry need the key of a batch.');
  const batches = await client.batches(job, { signal });
  for (const batch of batches)
    if (output.isJson) output.jsonLine(batch);
    else output.line(batchText(batch));
  if (batches.length === 0) output.hint('The job has no children.');
  return 'ok';
}

async function showChildren(
  { job, key }: BatchAddress,
  { status }: ChildrenFlags,
  { client, output, signal }: Session,
): Promise<Ending> {
  for await (const child of client.children(job, key, { status, signal }))
    if (output.isJson) output.jsonLine(child);
    else output.line(childText(child));
  return 'ok';
}

async function showChild({ job, key }: BatchAddress, index: number, session: Session): Promise<Ending> {
  const { client, output, signal } = session;
  const child = await client.child(job, key, index, { signal });
  if (output.isJson) output.document(child);
  else output.line(childText({ ...child, index, error: child.error ?? undefined }));
  return 'ok';
}

/** A running child is canceled when its worker sees to it. */
async function cancelChild({ job, key }: BatchAddress, index: number, session: Session): Promise<Ending> {
  const { client, output, signal } = session;
  const child = await client.cancelChild(job, key, index, { signal });
  const isCanceled = outcomes[child.status] === 'canceled';
  if (output.isJson) output.document(child);
  else
    output.line(
      `${index}  ${plainText(child.id)}  ${isCanceled ? 'canceled' : `is to be canceled; now ${child.status}`}`,
    );
  return 'ok';
}

async function retryChildren(
  { job, key }: BatchAddress,
  { client, output, signal }: Session,
): Promise<Ending> {
  const parent = await client.retryChildren(job, key, { signal });
  if (output.isJson) output.document(parent);
  else output.line(`${plainText(key)}  those that do not succeed are made again when all have ended`);
  return 'ok';
}

function childText({ index, id, status, tags: [name] = [], error }: Omit<Child, 'statusUrl'>): string {
  const why = error ? `  ${shortText(plainText(`${error.name}: ${error.message}`), maxMessage)}` : '';
  const called = name === undefined ? '' : `  ${plainText(name)}`;
  return `${index}  ${plainText(id)}  ${plainText(status)}${called}${why}`;
}
