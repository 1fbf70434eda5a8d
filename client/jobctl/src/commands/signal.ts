import type { Command } from 'commander';
import { parseJobId } from '../arguments/job-id.ts';
import { readPayload } from '../arguments/read-payload.ts';
import { type Ending, usageError } from '../ending.ts';
import type { Run } from '../system/run-command.ts';
import type { Session } from '../system/session.ts';
import { statusText } from '../terminal/job-text.ts';
import { plainText } from '../terminal/plain-text.ts';
import { addCommand } from './add-command.ts';

interface SignalFlags {
  readonly key?: string;
}

/** It needs the right `signal`. */
export const addSignal = (program: Command, run: Run): Command =>
  addCommand(program, 'signal <job> <name> [answer]', {
    description: 'answer a job that waits for somebody',
    examples: [
      `jobctl signal 8727fcca-6715-88cd-be4f-02627a10fc09 approve '{"isOk":true}'`,
      'jobctl signal 8727fcca-6715-88cd-be4f-02627a10fc09 reply a.json --key turn-3',
    ],
    more: [
      'The answer is JSON, a file with it, or - for the standard input. Without one it',
      'is null. `jobctl status` says what a job waits for, and under which key. The',
      'same answer again changes nothing. It needs a key with the right signal.',
    ].join('\n'),
  })
    .option('--key <key>', 'the key of the wait, if it is not the name of the signal')
    .action((job: string, name: string, answer: string | undefined, _options: unknown, command: Command) =>
      run(command, (session, options: SignalFlags) =>
        send(parseJobId(job, session), { name, answer }, { options, session }),
      ),
    );

async function send(
  id: string,
  { name, answer }: { readonly name: string; readonly answer: string | undefined },
  { options: { key }, session }: { readonly options: SignalFlags; readonly session: Session },
): Promise<Ending> {
  const { client, output, stdin, signal } = session;
  if (key === '') throw usageError('--key is empty.');
  const value = answer === undefined ? null : await readPayload(answer, { stdin, signal });
  const job = await client.signal(id, name, value, { key, signal });
  if (output.isJson) output.document(job);
  else
    output.line(
      `${plainText(id)}  ${plainText(name)} is answered; the job is ${statusText(job.status, output.colors)}`,
    );
  return 'ok';
}
