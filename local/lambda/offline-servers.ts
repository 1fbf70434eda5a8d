import type { IncomingMessage, RequestListener, Server } from 'node:http';
import { createRequire } from 'node:module';

/** A call of a server of serverless-offline. */
export interface OfflineCall {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body?: Buffer | undefined;
}

export interface OfflineAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export type CallOffline = (call: OfflineCall) => Promise<OfflineAnswer>;

/** hapi's own: the server behind a port or a socket. */
interface HapiServer {
  readonly listener: Server;
  readonly settings: { readonly port: number | string; compression: false | object };
  start(): Promise<void>;
}

/** That of hapi which lets a server answer a call that no socket has brought. */
interface Shot {
  inject(
    listener: RequestListener,
    call: { method: string; url: string; headers: object; payload?: Buffer | undefined; validate: false },
  ): Promise<{ statusCode: number; headers: IncomingMessage['headers']; rawPayload: Buffer }>;
}

/**
 * Lets this process call the servers of serverless-offline, which are in it, without a connection: to open one for each
 * call was a tenth of the gateway's work, and one that is kept open may be closed while a call is sent on it. Call it
 * before they start.
 * @returns what calls a server. @param port or the path of its socket, as its options say
 */
export function callOfflineServers(): (port: string) => CallOffline {
  // The packages that serverless-offline has.
  const ofOffline = createRequire(import.meta.resolve('serverless-offline'));
  const hapi: { server(): HapiServer } = ofOffline('@hapi/hapi');
  const shot: Shot = createRequire(ofOffline.resolve('@hapi/hapi'))('@hapi/shot');
  const servers = new Map<string, HapiServer>();
  const prototype: HapiServer = Object.getPrototypeOf(hapi.server());
  const { start } = prototype;
  prototype.start = function (this: HapiServer) {
    servers.set(String(this.settings.port), this);
    // It compresses answers of 1,024 bytes and more, and the gateway reads what it answers for a function that has
    // failed. API Gateway compresses no answer of an HTTP API.
    this.settings.compression = false;
    return start.call(this);
  };
  return (port) => async (call) => {
    const listener = servers.get(port)?.listener;
    if (listener === undefined) throw new Error(`serverless-offline has no server at ${port}`);
    const answer: RequestListener = (request, response) => {
      listener.emit('request', asSent(request, call), response);
    };
    const { method, url, headers, body } = call;
    const answered = await shot.inject(answer, { method, url, headers, payload: body, validate: false });
    return { status: answered.statusCode, headers: answered.headers, body: answered.rawPayload };
  };
}

/** A request as a socket would bring it: serverless-offline reads the headers as they were sent. */
function asSent(request: IncomingMessage, { url, headers }: OfflineCall): IncomingMessage {
  request.url = url;
  if (headers['user-agent'] === undefined) delete request.headers['user-agent'];
  request.rawHeaders = Object.entries(headers).flatMap(([name, value]) =>
    [value ?? []].flat().flatMap((each) => [name, each]),
  );
  return request;
}

/**
 * serverless-offline draws a box around the list of all routes at its own port, which nobody calls: that took a
 * thirtieth of a start.
 */
export async function listNoRoutes(): Promise<void> {
  const path = new URL('events/http/HttpServer.js', import.meta.resolve('serverless-offline'));
  const { default: server }: { default: { prototype: { writeRoutesTerminal(): void } } } = await import(
    path.href
  );
  server.prototype.writeRoutesTerminal = () => undefined;
}
