import type * as http from 'node:http';
import * as https from 'node:https';

interface Connections {
  /** Its protocol, host and port. */
  readonly url: URL;
  readonly agent: http.Agent;
  /** Milliseconds in which a new connection must be there. 0: no limit. */
  readonly connectionTimeout?: number | undefined;
  /** Milliseconds for the whole answer. 0: no limit. */
  readonly requestTimeout?: number | undefined;
  /** Milliseconds in which something must come, or go. 0: no limit. */
  readonly idleTimeout?: number | undefined;
}

/**
 * For an emulator. To import it loads undici, too, for its exports: 35 milliseconds of a cold start, which calls with
 * TLS do not need.
 */
const withoutTls = (): typeof http => process.getBuiltinModule('node:http');

export interface AgentSettings {
  readonly httpAgent?: http.AgentOptions;
  readonly httpsAgent?: https.AgentOptions;
}

/**
 * Keeps connections, and makes as many as there are calls at once. A request beyond them waits for one, and for its
 * time-out.
 */
export const agentFor = ({ protocol }: URL, { httpAgent, httpsAgent }: AgentSettings = {}): http.Agent =>
  protocol === 'https:'
    ? new https.Agent({ keepAlive: true, maxSockets: 50, ...httpsAgent })
    : new (withoutTls().Agent)({ keepAlive: true, maxSockets: 50, ...httpAgent });

/** With these codes the connection was lost: the SDK calls that a time-out. */
const lost: readonly unknown[] = ['ECONNRESET', 'EPIPE', 'ETIMEDOUT'];

/**
 * Callers know the words of the SDK's handler for a connection that does not come: nothing was sent (failed-call.ts).
 */
const timeoutError = (what: string, milliseconds: number): Error =>
  Object.assign(new Error(`${what} within ${milliseconds} ms`), { name: 'TimeoutError' });

interface Sent {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string | undefined;
  /** Ends the request, and the body of its answer. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sends a request, and waits for the head of its answer. Unlike with the SDK's handler, the time-out of the request
 * holds for the body of the answer, too: there a body that stalls takes five minutes, and with them the function.
 * @returns the answer, whose body fails as the request does
 * @throws TimeoutError; errors of Node.js, which have a `code`
 */
export const send = (
  { body, signal, ...message }: Sent,
  { url, agent, connectionTimeout = 0, requestTimeout = 0, idleTimeout = 0 }: Connections,
): Promise<http.IncomingMessage> =>
  new Promise((resolve, reject) => {
    const { request } = url.protocol === 'https:' ? https : withoutTls();
    const sent = request({
      ...message,
      host: url.hostname,
      ...(url.port === '' ? {} : { port: url.port }),
      agent,
      ...(signal ? { signal } : {}),
    });
    let answer: http.IncomingMessage | undefined;
    // A body that is cut says why it was, and not that the connection was lost.
    const late = (what: string, milliseconds: number) => () =>
      (answer ?? sent).destroy(Object.assign(timeoutError(what, milliseconds), { code: 'ETIMEDOUT' }));
    sent.on('close', after(requestTimeout, late('no whole answer', requestTimeout)));
    if (idleTimeout > 0) sent.setTimeout(idleTimeout, late('nothing came', idleTimeout));
    sent.on('error', (error: NodeJS.ErrnoException) => {
      if (lost.includes(error.code)) error.name = 'TimeoutError';
      reject(error);
    });
    sent.on('socket', (socket) => {
      if (!socket.connecting) return;
      const stop = after(connectionTimeout, () =>
        sent.destroy(timeoutError('did not establish a connection', connectionTimeout)),
      );
      socket.once('connect', stop).once('close', stop);
    });
    sent.on('response', (response) => {
      answer = response;
      resolve(response);
    });
    sent.end(body);
  });

/** @returns what stops the timer */
function after(milliseconds: number, act: () => void): () => void {
  if (milliseconds === 0) return () => {};
  const timer = setTimeout(act, milliseconds);
  return () => clearTimeout(timer);
}

/** The whole body of an answer. Faster than a loop over the stream: it mostly is one chunk. */
export const textOf = (response: http.IncomingMessage): Promise<string> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('end', () =>
      resolve((chunks.length === 1 ? chunks[0] : Buffer.concat(chunks))?.toString() ?? ''),
    );
    response.on('error', reject);
  });
