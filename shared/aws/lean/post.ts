import type * as http from 'node:http';
import * as https from 'node:https';

export interface Timeouts {
  /** Milliseconds in which a new connection must be there. 0: no limit. */
  readonly connectionTimeout: number;
  /** Milliseconds for the whole answer. 0: no limit. */
  readonly requestTimeout: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  /** Fails as the request does. */
  readonly body: Promise<string>;
}

export interface Connections extends Timeouts {
  /** Its protocol, host and port. */
  readonly url: URL;
  readonly agent: http.Agent;
}

/** For an emulator. To import it loads undici, too, for its exports: 35 milliseconds of a cold start, which calls with TLS do not need. */
const withoutTls = (): typeof http => process.getBuiltinModule('node:http');

/** Keeps connections, and makes as many as there are calls at once. A request beyond them waits for one, and for its time-out. */
export const agentFor = ({ protocol }: URL, httpsOptions: https.AgentOptions = {}): http.Agent =>
  protocol === 'https:'
    ? new https.Agent({ keepAlive: true, maxSockets: 50, ...httpsOptions })
    : new (withoutTls().Agent)({ keepAlive: true, maxSockets: 50 });

/** With these codes the connection was lost: the SDK calls that a time-out. */
const lost: readonly unknown[] = ['ECONNRESET', 'EPIPE', 'ETIMEDOUT'];

const timeoutError = (what: string, milliseconds: number): Error =>
  Object.assign(new Error(`${what} within ${milliseconds} ms`), { name: 'TimeoutError' });

interface Sent {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Sends a request, and waits for the head of its answer. Unlike the SDK's handler, its time-out holds for the body of the answer, too:
 * there a body that stalls takes five minutes, and with them the function.
 * @throws TimeoutError; errors of Node.js, which have a `code`
 */
export const post = (
  { path, headers, body }: Sent,
  { url, agent, connectionTimeout, requestTimeout }: Connections,
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { request } = url.protocol === 'https:' ? https : withoutTls();
    const sent = request({
      method: 'POST',
      host: url.hostname,
      ...(url.port === '' ? {} : { port: url.port }),
      path,
      headers,
      agent,
    });
    const stopWhole = after(requestTimeout, () =>
      sent.destroy(Object.assign(timeoutError('no whole answer', requestTimeout), { code: 'ETIMEDOUT' })),
    );
    sent.on('close', stopWhole);
    sent.on('error', (error: NodeJS.ErrnoException) => {
      if (lost.includes(error.code)) error.name = 'TimeoutError';
      reject(error);
    });
    sent.on('socket', (socket) => {
      if (!socket.connecting) return;
      const stop = after(connectionTimeout, () =>
        sent.destroy(timeoutError('no connection', connectionTimeout)),
      );
      socket.once('connect', stop).once('close', stop);
    });
    sent.on('response', (response) =>
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: textOf(response) }),
    );
    sent.end(body);
  });

/** @returns what stops the timer */
function after(milliseconds: number, act: () => void): () => void {
  if (milliseconds === 0) return () => {};
  const timer = setTimeout(act, milliseconds);
  return () => clearTimeout(timer);
}

/** Faster than a loop over the stream: an answer mostly is one chunk. */
const textOf = (response: http.IncomingMessage): Promise<string> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('end', () =>
      resolve((chunks.length === 1 ? chunks[0] : Buffer.concat(chunks))?.toString() ?? ''),
    );
    response.on('error', reject);
  });
