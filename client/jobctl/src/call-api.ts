import { NetworkError, ProblemError } from './library.ts';

/** For what the client does not offer. */
export interface ApiCall {
  readonly url: string;
  readonly key: string | undefined;
  readonly signal: AbortSignal;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** What the body says, if it is JSON. */
  readonly body: unknown;
}

const timeoutMs = 30_000;

/**
 * Calls the API, once.
 * @param target such as `GET /health`
 * @throws NetworkError; the signal's reason
 */
export async function askApi(
  target: string,
  body: unknown,
  { url, key, signal }: ApiCall,
): Promise<ApiAnswer> {
  const [method = '', path = ''] = target.split(' ');
  try {
    const response = await fetch(url + path, {
      method,
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      },
      // A credential goes nowhere but to the API.
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const { status, headers } = response;
    return { status, headers, body: jsonIn(await response.text()) };
  } catch (cause) {
    signal.throwIfAborted();
    throw new NetworkError('There was no whole answer.', { cause });
  }
}

/** The same. @returns the JSON object of its body. @throws ProblemError for an answer of 400 or more, too */
export async function callApi<Body>(target: string, body: unknown, call: ApiCall): Promise<Body> {
  const answer = await askApi(target, body, call);
  if (answer.status >= 400) throw problemIn(answer);
  if (!isBody<Body>(answer.body)) throw new NetworkError('The answer is not one of the API.');
  return answer.body;
}

const isBody = <Body>(body: unknown): body is Body => body instanceof Object;

function problemIn({ status, body }: ApiAnswer): ProblemError {
  const { type = 'about:blank', title, message, detail, errors }: Record<string, unknown> = Object(body);
  const name = String(title ?? message ?? `HTTP ${status}`);
  const violations = Array.isArray(errors) ? errors : [];
  return new ProblemError({
    type: String(type),
    title: name,
    status,
    detail: String(detail ?? name),
    errors: violations,
  });
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
