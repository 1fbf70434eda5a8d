import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { parseJobId } from '../arguments/job-id.ts';
import { CommandError, type Ending, usageError } from '../ending.ts';
import { readBody } from '../jobs/read-body.ts';
import type { Run } from '../system/run-command.ts';
import type { Session } from '../system/session.ts';
import { bytesText } from '../terminal/job-text.ts';
import { plainLines } from '../terminal/plain-text.ts';
import { addCommand } from './add-command.ts';

interface ResultFlags {
  readonly output?: string;
}

export const addResult = (program: Command, run: Run): Command =>
  addCommand(program, 'result <job>', {
    description: 'print the result of a job that has succeeded, or the file that it has made',
    examples: [
      'jobctl result 8727fcca-6715-88cd-be4f-02627a10fc09 | jq .',
      'jobctl result 8727fcca-6715-88cd-be4f-02627a10fc09 -o video.mp4',
    ],
  })
    .option('-o, --output <file>', 'write it to a file')
    .action((job: string, _options: unknown, command: Command) =>
      run(command, (session, options: ResultFlags) => result(parseJobId(job, session), options, session)),
    );

async function result(id: string, { output: file }: ResultFlags, session: Session): Promise<Ending> {
  const { client, signal, output } = session;
  const response = await client.download(id, { signal });
  const contentType = response.headers.get('content-type') ?? 'application/octet-stream';
  if (file !== undefined) {
    const bytes = await write(readBody(response, signal), file, signal);
    if (output.isJson) output.document({ file, bytes, contentType });
    else output.hint(`${file}: ${bytesText(bytes)} of ${contentType}.`);
    return 'ok';
  }
  const isText = /^text\/|json/.test(contentType);
  if (output.stdout.isTTY && !isText) {
    await response.body?.cancel();
    throw usageError(`The result is ${contentType}, and nothing for a terminal. Write it to a file: -o FILE`);
  }
  const chunks = readBody(response, signal);
  await pipeline(output.stdout.isTTY ? plainLines(chunks) : chunks, output.stdout, { signal, end: false });
  if (output.stdout.isTTY) output.line('');
  return 'ok';
}

type Chunks = ReturnType<typeof readBody>;

/** A file is whole, or not there. @returns its bytes. @throws CommandError */
async function write(chunks: Chunks, file: string, signal: AbortSignal): Promise<number> {
  const part = `${file}.${process.pid}.part`;
  const stream = createWriteStream(part, { flags: 'wx' });
  try {
    await pipeline(chunks, stream, { signal });
    await rename(part, file);
    return stream.bytesWritten;
  } catch (error) {
    await rm(part, { force: true });
    if (signal.aborted || error instanceof CommandError || !(error instanceof Error)) throw error;
    throw new CommandError('usage', `${file} cannot be written: ${error.message}.`, { cause: error });
  }
}
