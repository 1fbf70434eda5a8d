import { type Connection, callApi, open, textOf } from './connection.ts';
import type { Job } from './job.ts';
import { withRetries } from './with-retries.ts';

// docs/objects.md: what a handler returns is in an object if it has more than 32 KB, up to 16 MB. What a job has
// streamed is in one too, whatever its size, and then `result` is what was returned beside it.
const maxBytesInJob = 32 * 1024;
const maxReturnedBytes = 16 * 1024 * 1024;

/** What the handler of a job that has succeeded has returned, wherever it is. @throws as `download` does */
export async function readResult(
  { id, result, resultObject }: Job,
  signal: AbortSignal | undefined,
  connection: Connection,
): Promise<unknown> {
  const { bytes = 0, contentType } = resultObject ?? {};
  const isInObject =
    result === null &&
    contentType === 'application/json' &&
    bytes > maxBytesInJob &&
    bytes <= maxReturnedBytes;
  if (!isInObject) return result;
  const text = async () => textOf(await download(id, signal, connection), signal);
  return JSON.parse(await withRetries(text, connection.retries, { signal }));
}

/**
 * What a job has come to, as a body that can be streamed. The bucket gets no credential: its address is one.
 * @param id of the job
 * @throws NotFoundError while there is none; ForbiddenError in a browser, for a type with secret results; NetworkError
 */
export async function download(
  id: string,
  signal: AbortSignal | undefined,
  connection: Connection,
): Promise<Response> {
  const path = `/jobs/${id}`;
  const { status, headers, text } = await callApi(
    `GET ${path}/result`,
    { signal, read: (answer) => answer },
    connection,
  );
  if (status === 200) return new Response(text, { headers });
  let location = headers.get('location');
  if (!location) {
    // A browser does not tell where a redirect leads. The page of the job leads there as well, and takes no credential.
    const { pageUrl = '' } = await callApi<Job>(`GET ${path}`, { signal }, connection);
    location = `${connection.url}/ui${path}/result${new URL(pageUrl).search}`;
  }
  return withRetries(() => open(openRequest(location, signal), connection, signal), connection.retries, {
    signal,
  });
}

const openRequest = (address: string, signal: AbortSignal | undefined): Request =>
  new Request(address, {
    credentials: 'omit',
    referrerPolicy: 'no-referrer',
    signal: signal ?? null,
  });
