import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import * as z from 'zod/mini';
import { unreachable } from '../../shared/domain/base/errors.ts';

/** How SES answers a call. */
export type Answer =
  | { readonly kind: 'error'; readonly status: number; readonly type: string; readonly message: string }
  /** Takes the mail, and answers with this text. */
  | { readonly kind: 'text'; readonly status: number; readonly text: string }
  /** Takes the mail, and closes the connection. */
  | { readonly kind: 'reset' }
  /** Takes the mail, and never answers. */
  | { readonly kind: 'hang' }
  /** Takes the mail, and closes the connection in the middle of its answer. */
  | { readonly kind: 'half' };

const mailSchema = z.object({
  FromEmailAddress: z.string(),
  Destination: z.object({ ToAddresses: z.array(z.string()) }),
  ReplyToAddresses: z.optional(z.array(z.string())),
  Content: z.object({ Simple: z.unknown() }),
});
export type TakenMail = z.infer<typeof mailSchema>;

const sending = 'POST /v2/email/outbound-emails';
const lookUp = /^GET \/v2\/email\/suppression\/addresses\/([^/?]+)$/;

/**
 * An Amazon SES that speaks the wire protocol of its API version 2 (restJson1), as far as the mailer uses it. It does what
 * moto does not: it keeps a suppression list, throttles, refuses, breaks, and stays silent.
 */
export class SesStandIn {
  /** All calls, as method and path. */
  readonly calls: string[] = [];
  readonly taken: TakenMail[] = [];
  /** In lower case. */
  readonly suppressed = new Set<string>();
  /** For the next calls. After that it takes what it gets. */
  readonly answers: Answer[] = [];
  /** The `connection` headers of all calls. */
  readonly connections = new Set<string | undefined>();
  readonly #server = createServer((incoming, outgoing) => {
    this.#handle(incoming, outgoing).catch(() => outgoing.destroy());
  });

  static async start(): Promise<SesStandIn> {
    const standIn = new SesStandIn();
    standIn.#server.listen(0, '127.0.0.1');
    await once(standIn.#server, 'listening');
    return standIn;
  }

  get endpoint(): string {
    // It listens on a port of this machine.
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const call = `${incoming.method} ${incoming.url}`;
    this.calls.push(call);
    this.connections.add(incoming.headers.connection);
    const body = incoming.method === 'POST' ? await json(incoming) : undefined;
    const answer = this.answers.shift();
    if (answer?.kind === 'error') return refuse(outgoing, answer);
    if (call === sending) this.taken.push(mailSchema.parse(body));
    if (answer) return disturb(outgoing, answer);
    const [, address = ''] = lookUp.exec(call) ?? [];
    if (call === sending)
      return reply(outgoing, 200, JSON.stringify({ MessageId: `id-${this.taken.length}` }));
    if (address !== '' && this.suppressed.has(decodeURIComponent(address).toLowerCase()))
      return reply(outgoing, 200, JSON.stringify(suppressedDestination(decodeURIComponent(address))));
    const notFound = { kind: 'error', status: 404, type: 'NotFoundException', message: 'not found' } as const;
    return refuse(outgoing, notFound);
  }
}

const suppressedDestination = (EmailAddress: string) => ({
  SuppressedDestination: { EmailAddress, Reason: 'BOUNCE', LastUpdateTime: 1_700_000_000 },
});

function reply(outgoing: ServerResponse, status: number, text: string): void {
  outgoing.writeHead(status, { 'content-type': 'application/json' }).end(text);
}

function refuse(outgoing: ServerResponse, { status, type, message }: Answer & { kind: 'error' }): void {
  outgoing.setHeader('x-amzn-errortype', type);
  reply(outgoing, status, JSON.stringify({ message }));
}

function disturb(outgoing: ServerResponse, answer: Exclude<Answer, { kind: 'error' }>): void {
  const close = () => outgoing.socket?.resetAndDestroy();
  switch (answer.kind) {
    case 'text':
      reply(outgoing, answer.status, answer.text);
      break;
    case 'reset':
      close();
      break;
    case 'half':
      outgoing.writeHead(200, { 'content-type': 'application/json', 'content-length': 1_000 });
      outgoing.write('{"MessageId":', close);
      break;
    case 'hang':
      break;
    default:
      unreachable(answer);
  }
}
