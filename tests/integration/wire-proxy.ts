import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { readAhead } from '../../local/doors/signed-call.ts';
import { emulatorServers } from '../../local/local-aws.ts';

/** What the proxy does with a call. */
export type Treatment =
  | 'pass'
  /** Forwards it, but closes the connection before the answer. */
  | 'lose-answer'
  /** Closes the connection without forwarding it. */
  | 'refuse'
  /** Neither forwards nor answers it. */
  | 'hang';

export interface WireProxy {
  readonly endpoint: string;
  /** The operations of all calls since a test emptied the list, in order. */
  readonly operations: string[];
  /** Decides what the proxy does with each call. Without a change by a test, all calls pass. */
  treat: (operation: string, body: string) => Treatment;
  /** The proxy awaits it before it forwards a call. */
  before: (operation: string) => Promise<void>;
  /** The proxy calls it when the emulator has answered a call. */
  answered: (operation: string) => void;
  /** Afterwards, it is as it was when it started. */
  reset(): void;
  stop(): Promise<void>;
}

const undisturbed: Pick<WireProxy, 'treat' | 'before' | 'answered'> = {
  treat: () => 'pass',
  before: async () => {},
  answered: () => {},
};

/**
 * Starts a proxy between the SDK and an emulator. It records the calls, and disturbs those that a test selects.
 * @param isIgnored says of a call that it is only forwarded, by its body
 */
export async function startWireProxy(
  target: string,
  isIgnored: (body: string) => boolean = () => false,
): Promise<WireProxy> {
  // An emulator of this process is handed each call as the call came: to send the call once more was a tenth of the work of the attacks.
  const emulator = emulatorServers.get(target);
  const server = createServer((incoming, outgoing) => {
    void handle(incoming, outgoing).catch(() => outgoing.destroy());
  });

  const treated = async (operation: string, body: string): Promise<Treatment> => {
    proxy.operations.push(operation);
    const treatment = proxy.treat(operation, body);
    await proxy.before(operation);
    return treatment;
  };

  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const ahead = emulator && (await readAhead(incoming));
    const body = ahead ?? (await bytesOf(incoming));
    const operation = String(incoming.headers['x-amz-target']).split('.').at(-1) ?? '';
    const text = body.toString();
    const treatment = isIgnored(text) ? 'pass' : await treated(operation, text);
    if (treatment === 'hang') return;
    if (treatment === 'refuse') return void incoming.socket.destroy();
    if (treatment === 'lose-answer' || ahead === undefined)
      return forward(incoming, outgoing, { operation, body, isLost: treatment === 'lose-answer' });
    // Before its caller can read the answer.
    outgoing.once('prefinish', () => proxy.answered(operation));
    emulator?.emit('request', incoming, outgoing);
  };

  const forward = async (
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    { operation, body, isLost }: { operation: string; body: Buffer; isLost: boolean },
  ): Promise<void> => {
    const forwarded = request(new URL(incoming.url ?? '/', target), {
      method: incoming.method ?? 'POST',
      headers: incoming.headers,
    }).end(body);
    // Who waits for messages may go before there are any.
    if (operation === 'ReceiveMessage') outgoing.once('close', () => forwarded.destroy());
    const [answer] = (await once(forwarded, 'response')) as [IncomingMessage];
    const answerBody = await bytesOf(answer);
    proxy.answered(operation);
    if (isLost) return void incoming.socket.destroy();
    outgoing.writeHead(answer.statusCode ?? 500, answer.headers).end(answerBody);
  };

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const proxy: WireProxy = {
    endpoint: `http://127.0.0.1:${port}`,
    operations: [],
    ...undisturbed,
    reset() {
      Object.assign(proxy, undisturbed);
      proxy.operations.length = 0;
    },
    async stop() {
      server.closeAllConnections();
      server.close();
    },
  };
  return proxy;
}

/** `buffer` of Node.js goes by a Blob: for each call of an emulator that was a tenth of the proxy's work. */
const bytesOf = async (message: IncomingMessage): Promise<Buffer> => Buffer.concat(await message.toArray());
