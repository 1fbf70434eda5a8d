import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { SeededRandom } from '../../testkit/play/seeded-random.ts';

/** What may happen between a client and a stage. */
const faults = {
  /** The stage never hears of it. */
  'drop before': (_call, { incoming }) => incoming.socket.destroy(),
  /** The stage has acted, and the client does not hear of it. */
  async 'drop after'(call, { incoming }) {
    await call();
    incoming.socket.destroy();
  },
  async delay(call, { outgoing }) {
    await setTimeout(300);
    send(outgoing, await call());
  },
  'unavailable, with a time': (_call, { outgoing }) =>
    sendJson(outgoing, 503, { message: 'Service Unavailable' }, { 'retry-after': '1' }),
  unavailable: (_call, { outgoing }) => sendJson(outgoing, 503, { message: 'Service Unavailable' }),
  throttled: (_call, { outgoing }) => sendJson(outgoing, 429, { message: 'Too Many Requests' }),
  async 'cut body'(call, { incoming, outgoing }) {
    const { status, headers, body } = await call();
    outgoing.writeHead(status, { ...headers, 'content-length': String(body.length) });
    outgoing.write(body.subarray(0, body.length / 2), () => incoming.socket.destroy());
  },
  /** As a proxy of a hotel has it. */
  async 'wrong content type'(call, { outgoing }) {
    await call();
    outgoing.writeHead(200, { 'content-type': 'text/html' }).end('<p>Welcome</p>');
  },
} satisfies Readonly<Record<string, (call: Call, exchange: Exchange) => unknown>>;

export type Fault = keyof typeof faults;
export const faultNames = Object.keys(faults) as readonly Fault[];

type Call = () => Promise<Answer>;

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

interface Exchange {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

export interface ChaosProxy {
  readonly address: string;
  /** How often each fault has struck. */
  readonly struck: ReadonlyMap<Fault, number>;
  stop(): void;
}

/** Every call has a fault with this probability. */
const probability = 0.4;

/** Starts a proxy in front of a stage. The same seed has the same faults, in the order in which calls arrive. */
export async function startChaosProxy(stage: string, seed: number): Promise<ChaosProxy> {
  const random = new SeededRandom(seed);
  const struck = new Map<Fault, number>();
  const handle = async (exchange: Exchange): Promise<void> => {
    const body = await buffer(exchange.incoming);
    const call = () => forward(exchange.incoming, body, stage);
    const fault = random.fraction() < probability ? faultNames[random.below(faultNames.length)] : undefined;
    if (fault === undefined) return send(exchange.outgoing, await call());
    struck.set(fault, (struck.get(fault) ?? 0) + 1);
    await faults[fault](call, exchange);
  };
  const server = createServer((incoming, outgoing) => {
    void handle({ incoming, outgoing }).catch(() => incoming.socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    address: `http://127.0.0.1:${port}`,
    struck,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function forward(incoming: IncomingMessage, body: Buffer, stage: string): Promise<Answer> {
  const { method, url = '/', headers } = incoming;
  // The client may give up, and the stage goes on all the same. The host stays: it is in the addresses of jobs.
  const forwarded = request(new URL(url, stage), { method, headers, agent: false }).end(body);
  const [answer] = (await once(forwarded, 'response')) as [IncomingMessage];
  const { connection: _, 'transfer-encoding': __, ...others } = answer.headers;
  return { status: answer.statusCode ?? 500, headers: others, body: await buffer(answer) };
}

const send = (outgoing: ServerResponse, { status, headers, body }: Answer): void => {
  outgoing.writeHead(status, headers).end(body);
};

const sendJson = (
  outgoing: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
): void => {
  outgoing.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
};
