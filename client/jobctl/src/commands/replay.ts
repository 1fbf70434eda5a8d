import { isUtf8 } from 'node:buffer';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { parseJobId } from '../arguments/job-id.ts';
import { CommandError, type Ending, usageError } from '../ending.ts';
import { download, fetchInput, type JobInput } from '../replay/fetch-input.ts';
import { findType } from '../replay/found-type.ts';
import { inOwnFolder } from '../replay/own-folder.ts';
import { type JobForTest, testOfJob } from '../replay/test-of-job.ts';
import type { Run } from '../system/run-command.ts';
import type { Session } from '../system/session.ts';
import { bytesText } from '../terminal/job-text.ts';
import { addCommand } from './add-command.ts';

interface ReplayFlags {
  readonly printPayload?: true;
  readonly asTest?: true;
}

const more = `It runs nothing: a handler gets what a stage has only in the test kit,
with fakes. \`npm start\` with a debugger takes a payload, too.

The job's payload may have secrets, so this needs the right \`admin\`.`;

export const addReplay = (program: Command, run: Run): Command =>
  addCommand(program, 'replay <job>', {
    description: 'print what a failed job was given: its payload, or a test that runs it in the kit',
    examples: [
      'jobctl replay ID --print-payload >payload.json',
      'jobctl replay ID --as-test >tests/unit/job-types/count-words/d26d.test.ts',
    ],
    more,
  })
    .option('--print-payload', 'print the payload that the job was given')
    .option('--as-test', 'print a test for the kit, of payload, saved state and history')
    .action((job: string, _options: unknown, command: Command) =>
      run(command, (session, options: ReplayFlags) => replay(parseJobId(job, session), options, session)),
    );

async function replay(
  id: string,
  { printPayload, asTest: isTest }: ReplayFlags,
  session: Session,
): Promise<Ending> {
  if (printPayload) session.output.document((await fetchInput(id, session)).payload);
  else if (isTest)
    session.output.stdout.write(await inOwnFolder((folder) => asTest(id, { folder, session })));
  else throw usageError('A replay needs --print-payload or --as-test.');
  return 'ok';
}

const maxTextBytes = 64 * 1024;

/** @returns the source of a test */
async function asTest(id: string, fetching: Fetching): Promise<string> {
  const { session } = fetching;
  const input = await fetchInput(id, session);
  const { history } = await session.call<Pick<JobForTest, 'history'>>(`GET /jobs/${id}`);
  const stateFile = await fetchState(input, fetching);
  const files = await fetchObjects(input, fetching);
  const textOf = async (name: string) => {
    const bytes = files[name] === undefined ? undefined : await readFile(files[name]);
    return bytes && bytes.length <= maxTextBytes && isUtf8(bytes) ? bytes.toString('utf8') : undefined;
  };
  const objects = Object.keys(input.objects).map(async (name) => [name, await textOf(name)] as const);
  return testOfJob({
    ...input,
    history,
    state: stateFile === undefined ? undefined : JSON.parse(await readFile(stateFile, 'utf8')),
    objects: new Map(await Promise.all(objects)),
    found: await findType(input.type),
  });
}

interface Fetching {
  readonly folder: string;
  readonly session: Session;
}

/** @returns the file with the state that the job saved. @throws CommandError if it is not kept any more */
async function fetchState(
  { checkpoint, checkpointUrl }: JobInput,
  { folder, session: { signal } }: Fetching,
): Promise<string | undefined> {
  const file = join(folder, 'checkpoint.json');
  if (checkpoint !== undefined) await writeFile(file, JSON.stringify(checkpoint), { mode: 0o600 });
  else if (checkpointUrl === undefined) return undefined;
  else if ((await download(checkpointUrl, file, signal)) === undefined)
    throw new CommandError('refused', 'The state that the job saved is gone.');
  return file;
}

/** @returns the files of the objects that are still kept, by name */
async function fetchObjects(
  { objects }: JobInput,
  { folder, session }: Fetching,
): Promise<Readonly<Record<string, string>>> {
  const files: Record<string, string> = {};
  for (const [name, url] of Object.entries(objects)) {
    const file = join(folder, `object-${Object.keys(files).length}`);
    const bytes = await download(url, file, session.signal);
    if (bytes === undefined) session.output.warn(`The object ${name} is not kept any more.`);
    else {
      files[name] = file;
      session.output.hint(`Fetched ${bytesText(bytes)}: ${name}`);
    }
  }
  return files;
}
