import type { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { plain } from './plain.ts';
import { replace } from './replace.ts';

interface Streams {
  readonly stdout: Writable;
  readonly stderr: Writable;
}

type Written = (error?: Error | null) => void;

const isWritten = (value: unknown): value is Written => typeof value === 'function';

/**
 * Keeps the standard output for the answer, which a program may read. What a handler prints itself, to either stream, people
 * see on the standard error, and without sequences that a terminal would follow.
 * @returns writes to the standard output
 */
export function keepOutput({ stdout, stderr }: Streams): (text: string, done: Written) => void {
  const print = stdout.write.bind(stdout);
  const tell = stderr.write.bind(stderr);
  for (const stream of [stdout, stderr])
    replace(
      stream,
      'write',
      () =>
        (chunk, ...rest) =>
          tell(plain(stripVTControlCharacters(textOf(chunk))), rest.find(isWritten)),
    );
  return (text, done) => void print(text, done);
}

const textOf = (chunk: unknown): string =>
  chunk instanceof Uint8Array ? new TextDecoder().decode(chunk) : String(chunk);
