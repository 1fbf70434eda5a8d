import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { Surroundings } from './session.ts';

/**
 * Asks a person for a text that is not to be seen. Ctrl-D is an empty one.
 * @throws the signal's reason after Ctrl-C
 */
export async function askSecret(question: string, surroundings: Surroundings): Promise<string> {
  const { stdin, stderr, signal, interrupt } = surroundings;
  // As a terminal, readline turns the echo off, and writes what is typed itself: to nowhere.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output: nowhere, terminal: true, historySize: 0 });
  const closed = new AbortController();
  lines.on('SIGINT', interrupt);
  lines.on('close', () => closed.abort());
  stderr.write(`${question} `);
  try {
    return await lines.question('', { signal: AbortSignal.any([signal, closed.signal]) });
  } catch (error) {
    signal.throwIfAborted();
    if (closed.signal.aborted) return '';
    throw error;
  } finally {
    lines.close();
    stderr.write('\n');
  }
}
