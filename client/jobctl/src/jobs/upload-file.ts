import { openAsBlob } from 'node:fs';
import { stat } from 'node:fs/promises';
import { CommandError, usageError } from '../ending.ts';
import { createClient } from '../library.ts';
import type { Session } from '../system/session.ts';
import { bytesText } from '../terminal/job-text.ts';
import type { Output } from '../terminal/output.ts';
import { shortText } from '../terminal/plain-text.ts';
import { progressBar } from '../terminal/progress-bar.ts';

interface Uploading {
  readonly contentType?: string | undefined;
  readonly session: Session;
}

interface Uploaded {
  /** Its name, for a payload. */
  readonly object: string;
  readonly bytes: number;
}

const maxName = 40;

/** Uploads a file, with a progress bar where a person looks on. @throws CommandError; what `Client.upload` throws */
export async function uploadFile(file: string, { contentType, session }: Uploading): Promise<Uploaded> {
  const body = await openFile(file);
  const bar = barOf(file, body.size, session.output);
  const { url, key, signal } = session;
  const client = createClient({
    url,
    ...(key === undefined ? {} : { key }),
    retries: { tries: 3, seconds: 30 },
    fetch: (request) =>
      fetch(bar && request.method === 'PUT' ? counted(request, body.size, bar.show) : request),
  });
  try {
    const object = await client.upload(body, {
      signal,
      ...(contentType === undefined ? {} : { contentType }),
    });
    return { object, bytes: body.size };
  } finally {
    bar?.end();
  }
}

/** What is read while it is sent. @throws CommandError */
async function openFile(file: string): Promise<Blob> {
  await requireFile(file);
  try {
    return await openAsBlob(file);
  } catch (cause) {
    throw new CommandError('usage', `${file} cannot be read.`, { cause });
  }
}

/** @param hint what else may be wrong. @throws CommandError if there is no such file */
export async function requireFile(file: string, hint = ''): Promise<void> {
  const stats = await stat(file).catch(() => undefined);
  if (stats?.isDirectory()) throw usageError(`${file} is a folder, and not a file.`);
  if (!stats?.isFile()) throw usageError(`There is no file ${file}.${hint}`);
}

/** The same request, which tells how many bytes have been taken. Each try begins at 0. */
function counted(request: Request, size: number, show: (bytes: number) => void): Request {
  let bytes = 0;
  show(bytes);
  const count = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      show(bytes);
      controller.enqueue(chunk);
    },
  });
  const headers = new Headers(request.headers);
  // Otherwise a stream is sent in chunks, which S3 does not take.
  headers.set('content-length', String(size));
  const body = request.body?.pipeThrough(count) ?? null;
  return new Request(request, { body, headers, duplex: 'half' });
}

interface Bar {
  show(bytes: number): void;
  end(): void;
}

function barOf(file: string, size: number, { stderr, isJson }: Output): Bar | undefined {
  if (!stderr.isTTY || isJson) return undefined;
  const bar = progressBar(stderr, `${shortText(file, maxName)}, ${bytesText(size)}`);
  bar.start(Math.max(size, 1), 0);
  return { show: (bytes) => bar.update(bytes), end: () => bar.stop() };
}
