import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CommandError } from '../ending.ts';
import { NetworkError } from '../library.ts';
import type { Session } from '../system/session.ts';

/** What the API answers to `GET /jobs/{id}/input`: its document has the whole of it. */
export interface JobInput {
  readonly id: string;
  readonly type: string;
  readonly submittedAt: string;
  readonly error: { readonly name: string; readonly message: string } | null;
  readonly payload: unknown;
  readonly checkpoint?: unknown;
  readonly checkpointUrl?: string;
  readonly output?: { readonly contentType: string; readonly bytes: number };
  /** URLs, by name. */
  readonly objects: Readonly<Record<string, string>>;
}

/** @throws ProblemError, NetworkError */
export const fetchInput = (id: string, session: Session): Promise<JobInput> =>
  session.call<JobInput>(`GET /jobs/${id}/input`);

/** What S3 answers for an object that is gone; 403 because who signed the URL may not list what there is. */
const gone = [403, 404];

/**
 * Fetches an object into a file. The URL is its credential: no other goes with it.
 * @returns its bytes, or undefined if the object is not kept any more
 * @throws CommandError, NetworkError; the signal's reason
 */
export async function download(url: string, file: string, signal: AbortSignal): Promise<number | undefined> {
  try {
    const { status, body } = await fetch(url, { signal, redirect: 'error' });
    if (gone.includes(status)) return undefined;
    if (status !== 200 || !body)
      throw new CommandError('unreachable', `The bucket answers ${status}. Repeat the command.`);
    const stream = createWriteStream(file, { flags: 'wx', mode: 0o600 });
    await pipeline(Readable.fromWeb(body), stream, { signal });
    return stream.bytesWritten;
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof CommandError) throw cause;
    throw new NetworkError('An object did not arrive whole.', { cause });
  }
}
