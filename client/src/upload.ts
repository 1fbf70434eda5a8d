import { type Connection, callApi, exchange } from './connection.ts';
import { ProblemError } from './errors.ts';
import { withRetries } from './with-retries.ts';

/** A stream of Node.js is an `AsyncIterable`. */
export type UploadBody =
  | string
  | Blob
  | ArrayBuffer
  | Uint8Array
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>;

export interface UploadOptions {
  /** Default: that of a `Blob`. */
  readonly contentType?: string | undefined;
  /** How long a stream is. Without it the stream is read into memory first. */
  readonly bytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface Accepted {
  readonly object: string;
  readonly upload: { readonly url: string; readonly headers: Readonly<Record<string, string>> };
}

/**
 * Uploads what is too large for a payload. What is no stream is sent again if the connection breaks.
 * @returns the object's name, for a payload
 * @throws ProblemError, NetworkError; the signal's reason
 */
export async function uploadObject(
  body: UploadBody,
  { contentType, bytes, signal }: UploadOptions,
  connection: Connection,
): Promise<string> {
  const data = await dataOf(body, bytes);
  const isBlob = data instanceof Blob;
  const wanted = {
    bytes: isBlob ? data.size : bytes,
    contentType: contentType ?? ((isBlob && data.type) || undefined),
  };
  const call = { body: JSON.stringify(wanted), signal };
  const { object, upload } = await callApi<Accepted>('POST /uploads', call, connection);
  const { retries } = connection;
  const limits = isBlob ? retries : { ...retries, tries: 1 };
  await withRetries(() => put(data, { upload, signal, connection }), limits, { signal });
  return object;
}

type Data = Blob | ReadableStream<Uint8Array>;

/** A stream is sent as it comes where its length can be told, which browsers do not let a script do. */
async function dataOf(body: UploadBody, bytes: number | undefined): Promise<Data> {
  if (body instanceof Blob) return body;
  if (!isStream(body)) return new Blob([body as string | ArrayBuffer]);
  const stream = body instanceof ReadableStream ? body : streamOf(body);
  return bytes !== undefined && canSendStream() ? stream : new Response(stream).blob();
}

// Safari's streams cannot be iterated over.
const isStream = (body: UploadBody): body is ReadableStream<Uint8Array> | AsyncIterable<Uint8Array> =>
  body instanceof ReadableStream || Symbol.asyncIterator in Object(body);

const canSendStream = (): boolean =>
  new Request('http://localhost', { headers: { 'content-length': '0' } }).headers.has('content-length');

/** Since Node.js 20.6. A browser that lacks it says so, and has streams of the other kind. */
const streamOf = (chunks: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> =>
  (ReadableStream as unknown as StreamMaker).from(chunks);

interface StreamMaker {
  from(chunks: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array>;
}

interface Putting {
  readonly upload: Accepted['upload'];
  readonly signal: AbortSignal | undefined;
  readonly connection: Connection;
}

/** Without a credential: the URL is one. */
async function put(body: Data, { upload, signal, connection }: Putting): Promise<void> {
  const request = new Request(upload.url, {
    method: 'PUT',
    headers: upload.headers,
    body,
    credentials: 'omit',
    // A stream needs it, and nothing else minds.
    ...{ duplex: 'half' as const },
    signal: signal ?? null,
  });
  await exchange(request, connection, signal).catch((error: unknown) => {
    // 412: an earlier try has arrived, and only its answer was lost. Nobody else has this address.
    if (!(error instanceof ProblemError && error.status === 412)) throw error;
  });
}
