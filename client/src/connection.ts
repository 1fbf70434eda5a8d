import { NetworkError } from './errors.ts';
import { parsed, problemIn } from './problem-in.ts';
import { limitTime } from './time.ts';
import { type RetryLimits, withRetries } from './with-retries.ts';

/** How to reach a stage, and as whom. */
export interface Connection {
  /** Without a slash at its end. */
  readonly url: string;
  /** Adds the credential. */
  readonly authorize: (request: Request) => Request | Promise<Request>;
  readonly fetch: (request: Request) => Promise<Response>;
  readonly retries: RetryLimits;
}

interface Call<Read> {
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON text. */
  readonly body?: string;
  /** Set where a call may have been carried out, and must not be carried out twice. */
  readonly isOnce?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Takes an answer below 400. If it throws a NetworkError, that answer counts as none. Default: its JSON object. */
  readonly read?: (answer: Answer) => Read;
}

export interface Answer {
  /** 0 for a redirect whose place a browser does not tell. */
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** A gateway answers within 30 seconds, and a long poll takes 20. */
const maxTryMs = 40_000;

/**
 * Calls the API, again and again where that may help.
 * @param target such as `GET /jobs`
 * @throws ProblemError for an answer of 400 or more; NetworkError without one; the signal's reason
 */
export function callApi<Read>(
  target: string,
  { read = jsonIn<Read>, ...call }: Call<Read> | undefined = {},
  connection: Connection,
): Promise<Read> {
  const { signal } = call;
  return withRetries(
    async () => {
      const limit = limitTime(maxTryMs, signal);
      try {
        const request = requestFor(target, { ...call, signal: limit.signal }, connection);
        return read(await exchange(await connection.authorize(request), connection, signal));
      } finally {
        limit.end();
      }
    },
    connection.retries,
    call,
  );
}

function requestFor(target: string, { headers, ...init }: Call<unknown>, { url }: Connection): Request {
  const [method = '', path = ''] = target.split(' ');
  return new Request(url + path, {
    ...(init as RequestInit),
    method,
    headers: {
      accept: 'application/json',
      ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    // A credential goes nowhere but to the API.
    redirect: 'manual',
    credentials: 'omit',
    // A browser would add an If-None-Match of its own, which says what the caller knows.
    cache: 'no-store',
  });
}

/**
 * Sends a request, once, and reads the answer.
 * @throws ProblemError, NetworkError; the signal's reason
 */
export async function exchange(
  request: Request,
  connection: Connection,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  const response = await open(request, connection, signal);
  const { status, headers } = response;
  return { status, headers, text: await textOf(response, signal) };
}

/**
 * The same, with a body that is not read yet.
 * @throws ProblemError, NetworkError; the signal's reason
 */
export async function open(
  request: Request,
  connection: Connection,
  signal: AbortSignal | undefined,
): Promise<Response> {
  const response = await connection.fetch(request).catch(unanswered(signal));
  if (response.status >= 400) throw problemIn(response, await textOf(response, signal));
  return response;
}

/** @throws NetworkError for a body that was cut; the signal's reason */
export const textOf = (response: Response, signal: AbortSignal | undefined): Promise<string> =>
  response.text().catch(unanswered(signal));

const unanswered = (signal: AbortSignal | undefined) => (cause: unknown) => {
  signal?.throwIfAborted();
  throw new NetworkError('There was no whole answer.', { cause });
};

/** @throws NetworkError for a body that was cut, or comes from somebody else: the API answers with objects only */
export function jsonIn<Body>({ status, headers, text }: Answer): Body {
  const body = parsed<Body>(text);
  if (body instanceof Object && headers.get('content-type')?.includes('json')) return body;
  throw new NetworkError(`The answer (${status}) is not one of the API.`);
}
