import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';

/** What is done with a call on its way. */
export type Treatment =
  | 'pass'
  /** Carried out, but the connection breaks before the answer. */
  | 'lose-answer'
  /** The connection breaks before anything happens. */
  | 'refuse'
  /** Never answered. */
  | 'hang';

export interface WireProxy {
  readonly endpoint: string;
  /** The operations seen since the last `clear`, in order. */
  readonly operations: string[];
  /** Decides what happens to each call; all pass unless a test says otherwise. */
  treat: (operation: string, body: string) => Treatment;
  /** Awaited before a call is passed on. */
  before: () => Promise<void>;
  stop(): Promise<void>;
}

/** Stands between the SDK and an emulator: counts the calls as they are on the wire, and loses some. */
export async function startWireProxy(target: string): Promise<WireProxy> {
  const server = createServer((incoming, outgoing) => {
    void handle(incoming, outgoing).catch(() => outgoing.destroy());
  });

  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const body = await buffer(incoming);
    const operation = String(incoming.headers['x-amz-target']).split('.').at(-1) ?? '';
    proxy.operations.push(operation);
    const treatment = proxy.treat(operation, body.toString());
    await proxy.before();
    if (treatment === 'hang') return;
    if (treatment === 'refuse') return void incoming.socket.destroy();
    const forwarded = request(new URL(incoming.url ?? '/', target), {
      method: incoming.method ?? 'POST',
      headers: incoming.headers,
    }).end(body);
    const [answer] = (await once(forwarded, 'response')) as [IncomingMessage];
    const answerBody = await buffer(answer);
    if (treatment === 'lose-answer') return void incoming.socket.destroy();
    outgoing.writeHead(answer.statusCode ?? 500, answer.headers).end(answerBody);
  };

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const proxy: WireProxy = {
    endpoint: `http://127.0.0.1:${port}`,
    operations: [],
    treat: () => 'pass',
    before: async () => {},
    async stop() {
      server.closeAllConnections();
      server.close();
    },
  };
  return proxy;
}
