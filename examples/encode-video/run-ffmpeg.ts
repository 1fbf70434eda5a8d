import { type ChildProcess, spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { PermanentError } from '../../shared/author/index.ts';

/** ffmpeg cannot read the file, or finds no video in it. */
export class UnusableVideoError extends PermanentError {
  override readonly name = 'UnusableVideoError';
}

export interface FfmpegSettings {
  /** Where ffmpeg and ffprobe are looked for, as PATH has it. They get nothing else of the environment. */
  readonly searchPath: string | undefined;
}

/** It is not the video's fault. */
const faultOfTheServer =
  /No space left on device|Cannot allocate memory|malloc of size \d+ failed|Unknown encoder|Encoder not found/;
/** What ffmpeg says of its threads when one of them has failed, after it has said why. */
const consequences =
  /return code -|finished with error code|sending frames to consumers|encoder before EOF|opening encoder - maybe|because at least one of its streams|Last message repeated/;
/** Of the beginning, and of the end. */
const maxWords = 4_000;

export interface FfmpegRun {
  readonly args: readonly string[];
  /** The file that is read. */
  readonly file: string;
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => unknown;
}

/**
 * Runs ffmpeg or ffprobe to its end. When the signal is aborted, it is ended at once.
 * @throws UnusableVideoError with what it has said; Error if the server is to blame; the signal's reason
 */
export async function runFfmpeg(
  program: 'ffmpeg' | 'ffprobe',
  { args, file, signal, onLine }: FfmpegRun,
  { searchPath }: FfmpegSettings,
): Promise<void> {
  signal.throwIfAborted();
  const env = searchPath === undefined ? {} : { PATH: searchPath };
  const child = spawn(program, args, {
    env,
    signal,
    killSignal: 'SIGKILL',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [first, last] = ['', ''];
  child.stderr.on('data', (chunk: Buffer) => {
    const words = chunk.toString();
    const room = maxWords - first.length;
    first += words.slice(0, room);
    last = (last + words.slice(Math.max(0, room))).slice(-maxWords);
  });
  createInterface({ input: child.stdout }).on('line', onLine);
  const { error, exitCode, endSignal } = await endOf(child);
  signal.throwIfAborted();
  if (error) throw startError(program, error);
  if (endSignal !== null) throw new Error(`${program} was ended by the signal ${endSignal}`);
  if (exitCode !== 0)
    throw errorFrom(causeIn(first + last, file) || `${program} has ended with the exit code ${exitCode}`);
}

interface ProgramEnd {
  readonly exitCode: number | null;
  readonly endSignal: NodeJS.Signals | null;
  /** It could not be started, or was aborted. */
  readonly error?: Error | undefined;
}

/** Waits until the process is gone: an abort is reported before. */
const endOf = (child: ChildProcess): Promise<ProgramEnd> =>
  new Promise((resolve) => {
    let error: Error | undefined;
    child.on('error', (thrown) => {
      error = thrown;
      if (child.pid === undefined) resolve({ exitCode: null, endSignal: null, error });
    });
    child.once('close', (exitCode, endSignal) => resolve({ exitCode, endSignal, error }));
  });

const startError = (program: string, error: Error): Error =>
  'code' in error && error.code === 'ENOENT'
    ? new Error(`${program} is not installed on this server`, { cause: error })
    : error;

const errorFrom = (words: string): Error =>
  faultOfTheServer.test(words) ? new Error(words) : new UnusableVideoError(words);

/**
 * The first and the last line of what ffmpeg has said of the cause, without what differs from one attempt to the next.
 * With several threads the last lines are those of threads that only have to end because another one has failed.
 */
function causeIn(words: string, file: string): string {
  const lines = words
    .replaceAll(`${dirname(file)}/`, '')
    .replaceAll(/ @ 0x[0-9a-f]+/g, '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const causes = lines.filter((line) => !consequences.test(line));
  const shown = causes.length > 0 ? causes : lines;
  return [...new Set([...shown.slice(0, 1), ...shown.slice(-1)])].join('; ');
}
