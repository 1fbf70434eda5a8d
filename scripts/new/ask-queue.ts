import { createInterface } from 'node:readline';
import type { OwnQueue } from '../../shared/author/contract.ts';

const queues: readonly { readonly queue: OwnQueue; readonly text: string }[] = [
  { queue: 'standard', text: 'jobs of up to 45 seconds, or that wait most of their time; the usual one' },
  {
    queue: 'long',
    text: 'jobs of minutes or hours: each has an invocation of its own, and saves where it is',
  },
  {
    queue: 'server',
    text: 'jobs that no function can run, such as one that needs a program: a worker server runs them',
  },
];

interface Terminal {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
}

/**
 * Asks a person which queue a type's jobs run from, until there is an answer. Without one, such as the end of the
 * input, it is the usual one.
 */
export async function askQueue({ input, output }: Terminal): Promise<OwnQueue> {
  const list = queues.map(({ queue, text }, at) => `  ${at + 1}  ${queue}: ${text}`).join('\n');
  const question = '1, 2 or 3 (Enter: 1): ';
  output.write(`Which queue do its jobs run from?\n${list}\n${question}`);
  for await (const line of createInterface({ input })) {
    const wanted = line.trim() || '1';
    const found = queues.find(({ queue }, at) => wanted === queue || wanted === String(at + 1));
    if (found) return found.queue;
    output.write(question);
  }
  return 'standard';
}
