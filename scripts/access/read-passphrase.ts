import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { UsageError } from '../usage-error.ts';

const variable = 'ROOT_PASSPHRASE';

interface Source {
  /** Its first line. */
  readonly file: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Asks a person a second time: nobody sees what is typed. */
  readonly isNew: boolean;
}

/**
 * A passphrase from a file, from the environment, or from a person. It is no option of a command: others see those in
 * the list of processes, and a shell keeps them.
 * @throws UsageError
 */
export async function readPassphrase({ file, environment, isNew }: Source): Promise<string> {
  if (file !== undefined) return (await textOf(file)).split(/\r?\n/)[0] ?? '';
  const given = environment[variable];
  if (given !== undefined && given !== '') return given;
  if (!process.stdin.isTTY)
    throw new UsageError(`The passphrase is missing: set ${variable}, or --passphrase-file.`);
  const passphrase = await ask('Passphrase:');
  if (isNew && (await ask('The same again:')) !== passphrase)
    throw new UsageError('These were two passphrases.');
  return passphrase;
}

const textOf = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch((error: unknown) => {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  });

async function ask(question: string): Promise<string> {
  // As a terminal, readline turns the echo off, and writes what is typed itself: to nowhere.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true, historySize: 0 });
  const closed = new AbortController();
  lines.on('SIGINT', () => lines.close());
  lines.on('close', () => closed.abort());
  process.stderr.write(`${question} `);
  try {
    return await lines.question('', { signal: closed.signal });
  } catch (error) {
    if (closed.signal.aborted) throw new UsageError('Nothing was done.');
    throw error;
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}
