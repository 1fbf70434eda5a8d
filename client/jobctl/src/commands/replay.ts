import { isUtf8 } from 'node:buffer';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { addCommand } from '../add-command.ts';
import { CommandError, type Ending, usageError } from '../ending.ts';
import { parseJobId } from '../job-id.ts';
import { bytesText } from '../job-text.ts';
import { readPayload } from '../read-payload.ts';
import { collect } from '../refuse-repeats.ts';
import { download, fetchInput, type JobInput } from '../replay/fetch-input.ts';
import { inOwnFolder } from '../replay/own-folder.ts';
import { findClone, findType, startReplay } from '../replay/start-replay.ts';
import { type JobForTest, testOfJob } from '../replay/test-of-job.ts';
import type { Run } from '../run-command.ts';
import type { Session } from '../session.ts';

interface Options {
  readonly payload?: string;
  readonly printPayload?: true;
  readonly asTest?: true;
  readonly object?: readonly string[];
  readonly fromStart?: true;
  readonly debugger: boolean;
  readonly port: string;
  readonly allow?: readonly string[];
  readonly output?: string;
}

const more = `With --no-debugger it takes a second, and shows where the handler fails: the
error, with file and line. Otherwise a debugger pauses right before the handler.

The handler is that of this clone, so check out what the stage runs. It is given
what the job was given, and goes on from the state that the job saved. Nothing
is stored, and nothing gets out: connections (also to this machine), look-ups of
names, programs, threads and native code are refused. Files are not: the handler
can read and write what you can. It has no environment but PATH, HOME, TZ and
the language, and no credentials. A sleep takes no time.

The job's payload may have secrets, so this needs the right \`admin\`.

Exit codes: 0 it has succeeded, 7 it has failed, 9 it would go on later,
3 this clone has no such job type.`;

export const addReplay = (program: Command, run: Run): Command =>
  addCommand(program, 'replay <job>', {
    description:
      'run the handler of a failed job on this machine, with what the job was given: under a debugger, or with --no-debugger to see where it fails',
    examples: [
      'jobctl replay 8727fcca-6715-88cd-be4f-02627a10fc09 --no-debugger',
      'jobctl replay 8727fcca-6715-88cd-be4f-02627a10fc09',
      'jobctl replay ID --print-payload >mended.json',
      'jobctl replay ID --as-test >tests/unit/job-types/count-words/d26d.test.ts',
      'jobctl replay ID --no-debugger --payload mended.json',
      'jobctl replay ID --from-start --allow catalog.example.com:443',
    ],
    more,
  })
    .option('--no-debugger', 'just run it, and show where it fails')
    .option('--payload <payload>', 'another payload: a file with JSON, - for the standard input, or the JSON')
    .option('--print-payload', 'print the payload that the job was given, to mend it, and run nothing')
    .option('--as-test', 'print a test for the kit, of payload, saved state and history, and run nothing')
    .option(
      '--object <name=file>',
      'a file in place of an object that the payload names; several times: of several',
      collect,
    )
    .option('--from-start', 'leave out the state that it saved')
    .option('--port <port>', 'where the debugger attaches; 0: a free port', '9229')
    .option(
      '--allow <host:port>',
      'let connections there through, also those that change something; several times: several',
      collect,
    )
    .option('-o, --output <file>', 'write what it streams as its result to a file')
    .action((job: string, _options: unknown, command: Command) =>
      run(command, (session, options: Options) => replay(parseJobId(job, session), options, session)),
    );

async function replay(id: string, options: Options, session: Session): Promise<Ending> {
  if (options.printPayload) {
    session.output.document((await fetchInput(id, session)).payload);
    return 'ok';
  }
  if (options.asTest) {
    session.output.stdout.write(await inOwnFolder((folder) => asTest(id, { folder, session })));
    return 'ok';
  }
  const clone = findClone();
  const settings = settingsOf(options, session);
  const mended =
    options.payload === undefined ? {} : { payload: await readPayload(options.payload, session) };
  const given = { ...(await fetchInput(id, session)), ...mended };
  return inOwnFolder(async (folder) => {
    const { checkpoint: _, checkpointUrl: __, payload, output, objects: ___, ...job } = given;
    const fetching = { folder, session };
    const state = options.fromStart ? undefined : await fetchState(given, fetching);
    const order = {
      ...settings,
      job,
      payload,
      objects: { ...(await fetchObjects(given, settings.objects, fetching)), ...settings.objects },
      ...(state === undefined ? {} : { checkpointFile: state, ...(output ? { output } : {}) }),
    };
    await writeFile(join(folder, 'order.json'), JSON.stringify(order), { mode: 0o600 });
    return startReplay({ folder, hasDebugger: options.debugger }, clone, session);
  });
}

/** What of the order the options say. @throws CommandError */
function settingsOf(
  { debugger: hasDebugger, port, allow = [], object = [], output }: Options,
  session: Session,
) {
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) throw usageError(`--port is "${port}", and no port.`);
  for (const each of allow)
    if (!/^\S+:\d{1,5}$/.test(each)) throw usageError(`--allow is "${each}", and not HOST:PORT.`);
  const objects = object.map((each) => {
    const at = each.indexOf('=');
    if (at < 1) throw usageError(`--object is "${each}", and not NAME=FILE.`);
    return [each.slice(0, at), resolve(each.slice(at + 1))] as const;
  });
  return {
    allow,
    isJson: session.output.isJson,
    objects: Object.fromEntries(objects),
    ...(hasDebugger ? { debuggerPort: Number(port) } : {}),
    ...(output === undefined ? {} : { outputFile: resolve(output) }),
  };
}

const maxTextBytes = 64 * 1024;

/** @returns the source of a test */
async function asTest(id: string, fetching: Fetching): Promise<string> {
  const { session } = fetching;
  const input = await fetchInput(id, session);
  const { history } = await session.call<Pick<JobForTest, 'history'>>(`GET /jobs/${id}`);
  const stateFile = await fetchState(input, fetching);
  const files = await fetchObjects(input, {}, fetching);
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
    throw new CommandError('refused', 'The state that the job saved is gone. --from-start does without it.');
  return file;
}

/** @returns the files of the objects that are still kept, but for those that are there already, by name */
async function fetchObjects(
  { objects }: JobInput,
  known: Readonly<Record<string, string>>,
  { folder, session }: Fetching,
): Promise<Readonly<Record<string, string>>> {
  const files: Record<string, string> = {};
  for (const [name, url] of Object.entries(objects)) {
    if (Object.hasOwn(known, name)) continue;
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
