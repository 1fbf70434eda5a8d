import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type as parseContentType } from '@hapi/content';
import * as z from 'zod/mini';
import { problemTypes } from '../../shared/http/wire/problem-types.ts';
import { securityHeaders } from '../../shared/http/wire/security-headers.ts';

/** An answer with a problem document, as the functions give it. */
export interface Rejection {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const hostShape = /^([\w.-]+|\[[\da-f:.]+\])(:\d{1,5})?$/i;

/** Why serverless-offline would fail at a request: it makes an address of the host. */
export function whyUnusable({ headers: { host }, httpVersion }: IncomingMessage): string | undefined {
  if (host === undefined && httpVersion === '1.0') return undefined;
  if (host === undefined) return 'The header Host is missing.';
  const isHost = hostShape.test(host) && URL.canParse(`http://${host}`);
  return isHost ? undefined : 'The header Host is not a host with or without a port.';
}

/**
 * Why serverless-offline would not read the body of a request. It refuses one before it has read it, and resets the
 * connection on which a large one still comes, so that its answer may be lost.
 */
export function whyUnreadable(contentType: string | undefined): string | undefined {
  if (!contentType) return undefined;
  try {
    parseContentType(contentType);
    return undefined;
  } catch (error) {
    return error instanceof Error ? `${error.message}.` : undefined;
  }
}

/** Lambda's limit of an event, in which the body is a JSON text. */
const maxEventBytes = 6 * 1024 * 1024;
/**
 * A byte is at most six in a JSON text, and headers have 16 KB: what is smaller fits, and need not be written to be
 * measured.
 */
const surelyFitBytes = 512 * 1024;

/** Whether Lambda would refuse the event of a request for its size, which API Gateway answers with 413. */
export const isTooLargeForLambda = (body: Buffer, headers: IncomingMessage['headers']): boolean =>
  body.byteLength > surelyFitBytes &&
  Buffer.byteLength(JSON.stringify({ headers, body: body.toString() })) > maxEventBytes;

/** @param url as the client sent it; the query may have a grant, and is left out */
export function refusal(status: number, detail: string, url = ''): Rejection {
  // The type of a 403 tells of a credential. Here it is the caller's place that is wrong.
  const types = status === 403 ? [] : Object.entries(problemTypes);
  const [name, known] = types.find(([, each]) => each.status === status) ?? [];
  const problem = {
    type: name === undefined ? 'about:blank' : `/problems/${name}`,
    title: known?.title ?? STATUS_CODES[status],
    status,
    detail,
    instance: url.split('?', 1)[0],
  };
  const body = Buffer.from(JSON.stringify(problem));
  const headers = {
    'content-type': 'application/problem+json',
    'content-length': String(body.byteLength),
    ...securityHeaders('http'),
  };
  return { status, headers, body };
}

const clientErrors: Readonly<Record<string, readonly [status: number, detail: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'The headers are too large.'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request did not come in time.'],
};

/** What a client is told whose request is not HTTP, or has a method that Node.js does not know. */
export function refusalOf({ code = '' }: NodeJS.ErrnoException): Rejection {
  const [status, detail] = clientErrors[code] ?? [400, 'This is not a request that the API understands.'];
  return refusal(status, detail);
}

/** Answers without reading the request, and closes the connection. */
export function refuse(response: ServerResponse, { status, headers, body }: Rejection): void {
  response.writeHead(status, { ...headers, connection: 'close' }).end(body);
}

/** Answers where there is no response to write to, and closes the connection. */
export function refuseOn(socket: Duplex, { status, headers, body }: Rejection): void {
  if (!socket.writable) return void socket.destroy();
  const lines = Object.entries({ ...headers, connection: 'close' }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  const head = [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines, '', ''].join('\r\n');
  socket.end(Buffer.concat([Buffer.from(head), body]));
}

/** What serverless-offline answers itself, before it calls a function. */
const offlineError = z.strictObject({ statusCode: z.int(), error: z.string(), message: z.string() });

/** What serverless-offline found wrong with a request, if it refused it itself. */
export function offlineRefusal(status: number, body: Buffer): string | undefined {
  if (status < 400 || status >= 500 || !body.includes('"statusCode"')) return undefined;
  const read = offlineError.safeParse(jsonIn(body));
  return read.data?.statusCode === status ? `${read.data.message}.` : undefined;
}

/** The value of a JSON text; undefined if it is none. */
export function jsonIn(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}
