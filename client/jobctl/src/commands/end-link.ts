import { addAbortSignal } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { type Ending, usageError } from '../ending.ts';
import type { Run } from '../system/run-command.ts';
import type { Session } from '../system/session.ts';
import { addCommand } from './add-command.ts';

/** It needs the right `control`. */
export const addEndLink = (program: Command, run: Run): Command =>
  addCommand(program, 'end-link <address>', {
    description: 'end a link to the page of a job, or to a form for an answer',
    examples: ['jobctl end-link "$link"', 'pbpaste | jobctl end-link -'],
    more: [
      'The address is the whole link, or - for the standard input: a shell keeps what',
      'you write in its history. A copy of the link shows nothing any more.',
      'All other links stay good. It needs a key with the right control.',
    ].join('\n'),
  }).action((address: string, _options: unknown, command: Command) =>
    run(command, (session) => end(address, session)),
  );

async function end(address: string, { send, stdin, signal, output }: Session): Promise<Ending> {
  const url = address === '-' ? (await text(addAbortSignal(signal, stdin))).trim() : address;
  if (url === '') throw usageError('There is no address.');
  await send('POST /ended-links', { url });
  if (output.isJson) output.document({ ended: true });
  else output.line('The link has ended.');
  return 'ok';
}
