import { readFile } from 'node:fs/promises';
import { addAbortSignal, type Readable } from 'node:stream';
import { text as readAll } from 'node:stream/consumers';
import { usageError } from '../ending.ts';

interface Sources {
  readonly stdin: Readable;
  readonly signal: AbortSignal;
}

/**
 * The payload that `--payload` names: `-` is the standard input; what looks like JSON is JSON; anything else is a file.
 * @throws CommandError
 */
export async function readPayload(argument: string, { stdin, signal }: Sources): Promise<unknown> {
  if (argument === '-') return parseJson(await readAll(addAbortSignal(signal, stdin)), 'The standard input');
  if (/^\s*[{["]/.test(argument)) return parseJson(argument, '--payload');
  const text = await readFile(argument, { encoding: 'utf8', signal }).catch((error: unknown) => {
    signal.throwIfAborted();
    return isLiteral(argument) ? argument : refuse(argument, error);
  });
  return parseJson(text, argument);
}

const isLiteral = (text: string): boolean => /^(true|false|null|-?\d+(\.\d+)?([eE][+-]?\d+)?)$/.test(text);

function refuse(argument: string, error: unknown): never {
  const { code }: { readonly code?: unknown } = Object(error);
  const reason = code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code})`;
  throw usageError(
    `--payload is "${argument}", and ${reason}. Use a file, - for the standard input, or JSON.`,
  );
}

function parseJson(text: string, name: string): unknown {
  try {
    // A byte order mark is what some editors begin a file with.
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    const { message }: { readonly message?: unknown } = Object(error);
    throw usageError(text.trim() === '' ? `${name} is empty.` : `${name} is not valid JSON: ${message}.`);
  }
}
