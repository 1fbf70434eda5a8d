import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import * as z from 'zod/mini';
import { makeCertificate } from '../../tests/set-ups/certificates.ts';
import { Tables } from './table.ts';

/** A message that was sent, as far as an event has it. */
export interface SentMessage {
  readonly MessageId: string;
  readonly Body: string;
  readonly MessageGroupId?: string | undefined;
}

export interface BenchAws {
  readonly endpoint: string;
  readonly tlsEndpoint: string;
  /** PEM, of who signed the certificate of `tlsEndpoint`. */
  readonly authority: string;
  /** Writes an item, without being asked over the network. */
  put(table: string, item: unknown): void;
  /** From now on each call takes so long before it is carried out. */
  delay(milliseconds: number): void;
  /** How often it was called since this was asked last. */
  count(): number;
  /** The messages that were sent since this was asked last. */
  sent(): readonly SentMessage[];
  stop(): Promise<void>;
}

const sentMessage = z.object({ MessageBody: z.string(), MessageGroupId: z.optional(z.string()) });

/**
 * DynamoDB and SQS for a benchmark, with TLS and without. Each call is answered at once, or after a delay. No signature is checked:
 * what is measured is who calls.
 */
export async function startBenchAws(): Promise<BenchAws> {
  const tables = new Tables();
  let sent: SentMessage[] = [];
  let delayMs = 0;
  let calls = 0;

  const actOn = (service: string, action: string, input: unknown) => {
    if (service.startsWith('DynamoDB_')) return tables.call(action, input);
    if (action !== 'SendMessage') throw new Error(`The benchmark has no ${action}.`);
    const { MessageBody: Body, MessageGroupId } = sentMessage.parse(input);
    const MessageId = randomUUID();
    sent.push({ MessageId, Body, MessageGroupId });
    const MD5OfMessageBody = createHash('md5').update(Body).digest('hex');
    return { status: 200, body: { MessageId, MD5OfMessageBody } };
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const cameAt = performance.now();
    const body = await text(request);
    const [service = '', action = ''] = String(request.headers['x-amz-target']).split('.');
    const { status, body: output } = actOn(service, action, JSON.parse(body));
    // What this process does meanwhile is in that time: AWS does it on many machines at once.
    const leftMs = delayMs - (performance.now() - cameAt);
    if (leftMs > 0) await setTimeout(leftMs);
    calls += 1;
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify(output));
  };
  const onRequest = (request: IncomingMessage, response: ServerResponse): void =>
    void answer(request, response).catch((error) => {
      console.error(error);
      response.writeHead(500).end('{}');
    });

  const certificate = makeCertificate('localhost');
  const servers = [createServer(onRequest), createTlsServer({ ...certificate }, onRequest)] as const;
  const ports = await Promise.all(
    servers.map(async (server) => {
      server.keepAliveTimeout = 600_000;
      await once(server.listen(0), 'listening');
      return (server.address() as AddressInfo).port;
    }),
  );
  return {
    endpoint: `http://localhost:${ports[0]}`,
    tlsEndpoint: `https://localhost:${ports[1]}`,
    authority: certificate.cert,
    put: (TableName, Item) => void tables.call('PutItem', { TableName, Item }),
    delay(milliseconds) {
      delayMs = milliseconds;
    },
    count() {
      const counted = calls;
      calls = 0;
      return counted;
    },
    sent() {
      const all = sent;
      sent = [];
      return all;
    },
    async stop() {
      for (const server of servers) {
        server.closeAllConnections();
        server.close();
      }
    },
  };
}
