import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setImmediate as turnOfLoop } from 'node:timers/promises';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import { passLimits } from './retry-delays.ts';

/** A request as the server has received it. */
export interface RecordedRequest {
  /** By the monotonic clock of this process. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  /** Names are in lower case, sorted by name. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
  /** Which connection the request came by: 1 for the first that was opened. */
  readonly connection: number;
}

/** An answer as AWS gives one. */
export interface WholeAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** Bytes as they are, or what happens between them. */
export type Piece = Buffer | 'the client has read the head' | 'the limit passes' | 'end' | 'reset';

/** An answer, or what goes wrong in place of it. */
export type Answer =
  | WholeAnswer
  /** The last answer of its connection. */
  | { readonly pieces: readonly Piece[] }
  | 'close before the answer'
  | 'close within the answer'
  | 'stop within the answer'
  | 'drip an answer'
  | 'never answer';

/** Stands in for AWS. It records each request, and plays the answers that a test has written down. */
export interface RecordedAws {
  /** Where clients find it, without TLS. */
  readonly endpoint: string;
  /**
   * With these options of its agent, a client reaches this server by TLS, whatever host it asks for.
   * TLS without certificates: tests need no key in a file. AWS has none of these ciphers.
   */
  readonly httpsAgent: {
    readonly host: string;
    readonly port: number;
    readonly ciphers: string;
    readonly maxVersion: 'TLSv1.2';
    readonly rejectUnauthorized: false;
  };
  /** Forgets what was recorded, and gives these answers, one a request. The last one is given again and again. */
  play(answers: readonly Answer[]): void;
  readonly requests: readonly RecordedRequest[];
  /** How many connections without TLS are open. */
  openConnections(): Promise<number>;
  /** Resolves when the last of them is closed. */
  allClosed(): Promise<void>;
  stop(): Promise<void>;
}

const ciphers = 'ADH-AES128-GCM-SHA256:@SECLEVEL=0';

export async function startRecordedAws(): Promise<RecordedAws> {
  const requests: RecordedRequest[] = [];
  const connections = new WeakMap<object, number>();
  let opened = 0;
  let answers: readonly Answer[] = [{}];

  /** Beneath TLS, by the port of the client: the connection that can be reset. */
  const beneath = new Map<number | undefined, Socket>();

  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const at = performance.now();
    const body = await buffer(incoming);
    const { method = '', url = '', headersDistinct, socket } = incoming;
    const answer = answers[Math.min(requests.length, answers.length - 1)] ?? {};
    requests.push({
      ...{ at, method, path: url, body, connection: connections.get(socket) ?? 0 },
      headers: new Map(
        Object.entries(headersDistinct)
          .map(([name, values = []]): [string, string] => [name, values.join(', ')])
          .sort(([one], [other]) => (one < other ? -1 : 1)),
      ),
    });
    if (typeof answer === 'object' && 'pieces' in answer)
      await givePieces(answer.pieces, socket, beneath.get(socket.remotePort) ?? socket);
    else give(answer, outgoing);
  };
  const listener: RequestListener = (incoming, outgoing) => {
    handle(incoming, outgoing).catch(() => outgoing.destroy());
  };
  const plain = createServer(listener);
  const tls = createTlsServer({ ciphers, maxVersion: 'TLSv1.2', dhparam: 'auto' }, listener);
  const servers = [plain, tls];
  const open = new Set<Socket>();
  plain.on('connection', (socket) => {
    connections.set(socket, ++opened);
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  tls.on('connection', (socket: Socket) => {
    const { remotePort } = socket;
    beneath.set(remotePort, socket);
    socket.once('close', () => beneath.delete(remotePort));
  });
  tls.on('secureConnection', (socket) => connections.set(socket, ++opened));
  await Promise.all(servers.map((server) => once(server.listen(0, '127.0.0.1'), 'listening')));
  // No process waits for its end.
  for (const server of servers) server.unref();
  const [plainPort, tlsPort] = servers.map((server) => (server.address() as AddressInfo).port);

  return {
    endpoint: `http://127.0.0.1:${plainPort}`,
    httpsAgent: {
      ...{ host: '127.0.0.1', port: tlsPort ?? 0 },
      ...{ ciphers, maxVersion: 'TLSv1.2', rejectUnauthorized: false },
    },
    play(next) {
      requests.length = 0;
      opened = 0;
      answers = next;
    },
    requests,
    openConnections: () => promisify(plain.getConnections.bind(plain))(),
    async allClosed() {
      await Promise.all([...open].map((socket) => once(socket, 'close')));
    },
    async stop() {
      for (const server of servers) {
        server.closeAllConnections();
        server.close();
      }
    },
  };
}

/** @param beneath the connection that the bytes go by */
async function givePieces(pieces: readonly Piece[], socket: Socket, beneath: Socket): Promise<void> {
  // A client that has enough closes the connection.
  socket.on('error', () => {});
  const headIsRead = pieces.includes('the client has read the head') ? headOfAnswer() : undefined;
  for (const piece of pieces) {
    if (socket.destroyed) return;
    if (piece === 'the client has read the head') await headIsRead;
    else if (piece === 'the limit passes') passLimits();
    else if (piece === 'end') socket.end();
    else if (piece === 'reset') beneath.resetAndDestroy();
    else await new Promise<void>((resolve) => socket.write(piece, () => resolve()));
    // So that the client sees one after the other.
    await turnOfLoop();
  }
}

/** Resolves when a client of this process has read the head of an answer. */
const headOfAnswer = (): Promise<void> =>
  new Promise((resolve) => {
    const name = 'http.client.response.finish';
    const onHead = () => {
      unsubscribe(name, onHead);
      resolve();
    };
    subscribe(name, onHead);
  });

function give(answer: Exclude<Answer, { readonly pieces: unknown }>, outgoing: ServerResponse): void {
  if (answer === 'never answer') return;
  if (answer === 'close before the answer') return void outgoing.destroy();
  if (answer === 'close within the answer' || answer === 'stop within the answer') {
    outgoing.writeHead(200, { ...headersOfAws, 'content-length': '1000' });
    // Once these have left, the connection is closed.
    outgoing.write('{"Item":{"id":', () => answer === 'close within the answer' && outgoing.destroy());
    return;
  }
  if (answer === 'drip an answer') {
    outgoing.writeHead(200, { ...headersOfAws, 'content-length': '1000' });
    const dripping = setInterval(() => outgoing.write(' '), 5);
    return void outgoing.on('close', () => clearInterval(dripping));
  }
  const { status = 200, headers = {}, body = '{}' } = answer;
  const bytes = Buffer.from(body);
  const ofBody = { 'content-length': String(bytes.length), 'x-amz-crc32': String(crc32(bytes)) };
  outgoing.writeHead(status, { ...headersOfAws, ...ofBody, ...headers });
  outgoing.end(bytes);
}

const headersOfAws = {
  server: 'Server',
  'content-type': 'application/x-amz-json-1.0',
  'x-amzn-requestid': 'HQG40UE5GPNJH7C6OJ9O43P7KVVV4KQNSO5AEMVJF66Q9ASUAAJG',
};

/** A refusal of DynamoDB. */
export const refusal = (
  name: string,
  more: Readonly<Record<string, unknown>> = {},
  status = 400,
): WholeAnswer => ({
  status,
  body: JSON.stringify({
    __type: `com.amazonaws.dynamodb.v20120810#${name}`,
    message: `About ${name}`,
    ...more,
  }),
});

/** A refusal of SQS: it says the name of its older protocol, too. Those that are of all services have no shape of SQS. */
export const sqsRefusal = (name: string, oldName: string, status = 400): WholeAnswer => ({
  status,
  headers: { 'x-amzn-query-error': `${oldName};${status < 500 ? 'Sender' : 'Receiver'}` },
  body: JSON.stringify({
    __type: `com.amazon${name === oldName ? '.coral.service' : 'aws.sqs'}#${name}`,
    message: `About ${name}`,
  }),
});
