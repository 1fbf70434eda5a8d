import * as http from 'node:http';
import * as https from 'node:https';

export interface Timeouts {
  /** Milliseconds in which a new connection must be there. */
  readonly connectionTimeout: number;
  /** Milliseconds for the whole answer. */
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

/** Keeps connections, and makes as many as there are calls at once. A request beyond them waits for one, and for its time-out. */
export const agentFor = ({ protocol }: URL, maxSockets: number): http.Agent =>
  protocol === 'https:'
    ? new https.Agent({ keepAlive: true, maxSockets })
    : new http.Agent({ keepAlive: true, maxSockets });

/** With these codes the connection was lost: the SDK calls that a time-out. */
const lost: readonly unknown[] = ['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT'];

const timeoutError = (what: string, milliseconds: number): Error =>
  Object.assign(new Error(`${what} within ${milliseconds} ms`), { name: 'TimeoutError', code: 'ETIMEDOUT' });

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
    const { request } = url.protocol === 'https:' ? https : http;
    const sent = request({
      method: 'POST',
      host: url.hostname,
      ...(url.port === '' ? {} : { port: url.port }),
      path,
      headers,
      agent,
    });
    const whole = setTimeout(
      () => sent.destroy(timeoutError('no whole answer', requestTimeout)),
      requestTimeout,
    );
    sent.on('close', () => clearTimeout(whole));
    sent.on('error', (error: NodeJS.ErrnoException) => {
      if (lost.includes(error.code)) error.name = 'TimeoutError';
      reject(error);
    });
    sent.on('socket', (socket) => {
      if (!socket.connecting) return;
      const connecting = setTimeout(
        () => sent.destroy(timeoutError('no connection', connectionTimeout)),
        connectionTimeout,
      );
      const stop = () => clearTimeout(connecting);
      socket.once('connect', stop).once('close', stop);
    });
    sent.on('response', (response) =>
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: textOf(response) }),
    );
    sent.end(body);
  });

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
