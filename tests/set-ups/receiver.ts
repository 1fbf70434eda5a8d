import { once } from 'node:events';
import { createServer as createPlainServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import { createServer } from 'node:https';
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { type Network, systemNetwork } from '../../shared/notify/network.ts';
import { type Certificate, makeCertificate } from './certificates.ts';

export interface ReceivedWebhook {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A receiver of webhooks on this machine, at the name that its certificate has. */
export interface Receiver {
  readonly url: string;
  readonly port: number;
  readonly received: readonly ReceivedWebhook[];
  /** A network in which its name leads to it, and its certificate is trusted. */
  readonly network: Network;
  /** How many connections are open. */
  connections(): number;
  stop(): Promise<void>;
}

export const receiverName = 'hooks.example.com';

interface Settings {
  readonly certificate?: Certificate;
  readonly isTrusted?: boolean;
  /** By http. */
  readonly isPlain?: boolean;
}

async function listening(server: Server) {
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket)).on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const stop = async () => {
    for (const socket of open) socket.destroy();
    server.close();
  };
  return { port, connections: () => open.size, stop };
}

/** The network of this machine, in which every name leads to this machine. */
const networkTo = (ca?: string): Network => ({
  ...systemNetwork(ca === undefined ? {} : { ca }),
  lookup: async () => ['127.0.0.1'],
});

/** Starts a receiver that answers as it is told, after it has read the request. */
export async function startReceiver(
  answer: RequestListener,
  { certificate = makeCertificate(receiverName), isTrusted = true, isPlain = false }: Settings = {},
): Promise<Receiver> {
  const received: ReceivedWebhook[] = [];
  const listener: RequestListener = async (request, response) => {
    received.push({ path: request.url ?? '', headers: request.headers, body: await text(request) });
    answer(request, response);
  };
  const server = isPlain ? createPlainServer(listener) : createServer(certificate, listener);
  const { port, ...rest } = await listening(server);
  const host = isPlain ? '127.0.0.1' : receiverName;
  return {
    url: `${isPlain ? 'http' : 'https'}://${host}:${port}/hook?a=b`,
    port,
    received,
    network: networkTo(isTrusted ? certificate.cert : undefined),
    ...rest,
  };
}

/** Starts a receiver that gets connections, and never speaks TLS. */
export async function startSilentReceiver(
  onConnection: (socket: Socket) => void = () => {},
): Promise<Receiver> {
  // A side that does not read does not see that the other side has closed.
  const server = createTcpServer((socket) => onConnection(socket.resume()));
  const { port, ...rest } = await listening(server);
  return { url: `https://${receiverName}:${port}/`, port, received: [], network: networkTo(), ...rest };
}
