import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { guard, knownHostsOnly } from '../doors/door.ts';
import type { Signer } from '../doors/signature.ts';
import { objectCalls } from '../rights/calls.ts';
import { denialOf } from '../rights/roles.ts';
import { corsHeaders } from './cors.ts';
import { MultipartUploads } from './multipart.ts';
import { ObjectRequests } from './object-requests.ts';
import { ObjectStore } from './object-store.ts';
import type { SignedRequest } from './read-signature.ts';
import { S3Error } from './s3-error.ts';
import { type S3Target, targetOf } from './s3-target.ts';
import { verifySignature } from './verify-signature.ts';

interface ObjectServerOptions {
  /** Where the objects are kept. */
  readonly folder: string;
  /** Whose signatures are accepted. */
  readonly signer: Signer;
  /** Names of this machine besides those of the loopback interface. */
  readonly allowedHosts?: readonly string[];
  readonly now?: () => number;
}

export interface ObjectServer {
  readonly port: number;
  stop(): Promise<void>;
}

const loopback = '127.0.0.1';

/**
 * Starts the S3 of this machine, for buckets in the path (`/bucket/key`), on a free port of the loopback interface. As
 * S3 does, it answers only requests that `signer` has signed, in their headers or as a presigned URL, and only for what
 * was signed. Unlike S3, it refuses a page that no rule of the bucket names, also where that page could not read the
 * answer.
 */
export async function startObjectServer({
  folder,
  signer,
  allowedHosts = [],
  now = () => Date.now(),
}: ObjectServerOptions): Promise<ObjectServer> {
  const store = new ObjectStore(folder, now);
  const requests = new ObjectRequests(store, new MultipartUploads(store));

  const answer = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    response.setHeader('x-amz-request-id', randomUUID());
    const target = targetOf(incoming.url ?? '/');
    const isPreflight = allowOrigin(store, { incoming, response, target });
    if (isPreflight) return;
    const request = signedRequestOf(incoming, target);
    const verified = verifySignature(request, signer, now());
    await requireRight(incoming, target, verified.accessKeyId);
    if (incoming.headers.expect !== undefined) response.writeContinue();
    await requests.answer({ incoming, response, target, ...verified });
  };
  const handle = (incoming: IncomingMessage, response: ServerResponse): void => {
    answer(incoming, response).catch((error: unknown) => refuse(response, error));
  };
  const server = createServer(handle).on('checkContinue', handle);
  // A large body may take its time.
  server.requestTimeout = 0;
  guard(server, knownHostsOnly(allowedHosts));
  server.listen(0, loopback);
  await once(server, 'listening');
  return {
    port: portOf(server.address()),
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
      store.close();
    },
  };
}

/** Of a presigned URL as well: it allows what the role may do that has signed it. @throws S3Error */
async function requireRight(incoming: IncomingMessage, target: S3Target, accessKeyId: string): Promise<void> {
  const source = incoming.headers['x-amz-copy-source'];
  const denial = await denialOf(accessKeyId, () =>
    objectCalls({
      method: incoming.method,
      bucket: target.bucket,
      key: target.key,
      isOfParts: target.parameter('uploadId') !== undefined,
      source: source === undefined ? undefined : targetOf(String(source)).path,
    }),
  );
  if (denial === undefined) return;
  const isUnknown = denial.code === 'UnrecognizedClientException';
  throw new S3Error(isUnknown ? 'InvalidAccessKeyId' : 'AccessDenied', denial.message);
}

/** The folder of the objects in a data directory. */
export const objectsFolder = (dataDir: string): string => join(dataDir, 'objects');

/**
 * Tells a browser which pages may read the answer, by the rules of the bucket.
 * @returns whether that is all that was asked
 */
function allowOrigin(
  store: ObjectStore,
  {
    incoming,
    response,
    target,
  }: { readonly incoming: IncomingMessage; readonly response: ServerResponse; readonly target: S3Target },
): boolean {
  const { origin } = incoming.headers;
  const asked = incoming.headers['access-control-request-method'];
  const isPreflight = incoming.method === 'OPTIONS';
  const names = String(incoming.headers['access-control-request-headers'] ?? '');
  const allowed =
    origin === undefined
      ? undefined
      : corsHeaders(store.corsOf(target.bucket), {
          origin,
          method: isPreflight ? String(asked) : (incoming.method ?? ''),
          headers: isPreflight ? names.split(',').flatMap((name) => name.trim() || []) : [],
        });
  for (const [name, value] of Object.entries(allowed ?? {})) response.setHeader(name, value);
  if (allowed === undefined && (isPreflight || origin !== undefined))
    throw new S3Error('AccessForbidden', 'CORSResponse: This CORS request is not allowed.');
  if (!isPreflight) return false;
  response.writeHead(200).end();
  return true;
}

function signedRequestOf(incoming: IncomingMessage, target: S3Target): SignedRequest {
  // Of headers that come twice, Node.js drops some; all of them are signed.
  const headers = new Map<string, string>();
  const { rawHeaders, method = '' } = incoming;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = String(rawHeaders[index]).toLowerCase();
    const former = headers.get(name);
    const value = String(rawHeaders[index + 1]).trim();
    headers.set(name, former === undefined ? value : `${former},${value}`);
  }
  return { method, target, header: (name) => headers.get(name), headerNames: [...headers.keys()] };
}

function refuse(response: ServerResponse, error: unknown): void {
  // A client that went away, perhaps in the middle of a body, is told nothing.
  if (response.headersSent || response.socket === null || response.socket.destroyed) {
    response.destroy();
    return;
  }
  if (!(error instanceof S3Error)) console.error('The S3 of this machine failed:', error);
  const known =
    error instanceof S3Error ? error : new S3Error('InternalError', 'We encountered an internal error.');
  const send = (): void => {
    response.writeHead(known.status, { 'content-type': 'application/xml', ...known.headers });
    response.end(response.req.method === 'HEAD' ? undefined : known.toXml());
  };
  // Who is still sending would not see an answer, but only a broken connection. Who waits for 100-continue sends
  // nothing.
  if (response.req.complete || response.req.headers.expect !== undefined) send();
  else response.req.once('end', send).resume();
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new TypeError('the server has no port');
  return address.port;
}
