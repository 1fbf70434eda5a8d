import { createReadStream } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type * as z from 'zod/mini';
import { copyPiece } from './copy-piece.ts';
import { corsConfiguration } from './cors.ts';
import { type MultipartUploads, partNumberOf } from './multipart.ts';
import {
  completedDocument,
  copiedDocument,
  createdDocument,
  namedPartsIn,
  partsDocument,
} from './multipart-requests.ts';
import { type ObjectStore, requireAbsent, type StoredObject } from './object-store.ts';
import { spanOf } from './range.ts';
import { type Received, receiveBody } from './receive-body.ts';
import { missing, S3Error } from './s3-error.ts';
import type { S3Target } from './s3-target.ts';

/** A request whose signature is right. */
export interface VerifiedRequest {
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
  readonly target: S3Target;
  readonly payloadHash: string;
  /** Of who has signed it. */
  readonly accessKeyId: string;
}

const maxBodyBytes = 5 * 1024 ** 3;
/** What S3 keeps with an object, and answers with it. */
const keptHeaders = /^(content-(type|disposition|encoding|language)|cache-control|x-amz-meta-.+)$/;

/** The operations that a stage's functions may use on AWS, and the two that create a bucket on this machine. */
export class ObjectRequests {
  readonly #store: ObjectStore;
  readonly #uploads: MultipartUploads;

  constructor(store: ObjectStore, uploads: MultipartUploads) {
    this.#store = store;
    this.#uploads = uploads;
  }

  /** @throws S3Error if the request cannot be answered otherwise */
  async answer(request: VerifiedRequest): Promise<void> {
    const { method = '' } = request.incoming;
    const { target } = request;
    if (target.key === '') return this.#answerForBucket(method, request);
    this.#store.requireBucket(target.bucket);
    const upload = target.parameter('uploadId');
    if (upload !== undefined) return this.#answerForUpload(method, request, upload);
    if (method === 'POST' && target.parameter('uploads') !== undefined) {
      const id = this.#uploads.create(target, headersOf(request.incoming));
      return sendXml(request.response, createdDocument(target, id));
    }
    if (method === 'PUT') return this.#put(request);
    if (method === 'GET' || method === 'HEAD') return this.#get(request);
    if (method === 'DELETE') {
      this.#store.delete(target);
      request.response.writeHead(204).end();
      return;
    }
    throw notPermitted();
  }

  async #answerForBucket(method: string, { incoming, response, target }: VerifiedRequest): Promise<void> {
    if (method !== 'PUT' || target.bucket === '') throw notPermitted();
    if (target.parameter('cors') === undefined) this.#store.createBucket(target.bucket);
    // The template's configuration as JSON, not S3's XML: only local/objects/bucket-resource.ts sends it.
    else this.#store.setCors(target.bucket, (await jsonIn(incoming)).CorsRules);
    response.writeHead(200).end();
  }

  async #answerForUpload(method: string, request: VerifiedRequest, id: string): Promise<void> {
    const { incoming, response, target } = request;
    const number = target.parameter('partNumber');
    if (method === 'GET') return sendXml(response, partsDocument(this.#uploads, target, id));
    this.#uploads.require(id, target);
    if (method === 'PUT' && number !== undefined) return this.#putPart(request, id, partNumberOf(number));
    if (method === 'DELETE') {
      this.#uploads.abort(id, target);
      response.writeHead(204).end();
      return;
    }
    if (method !== 'POST') throw notPermitted();
    const completion = { named: await namedPartsIn(incoming), onlyIfAbsent: onlyIfAbsent(incoming) };
    const etag = await this.#uploads.complete(id, target, completion);
    sendXml(response, completedDocument(target, etag));
  }

  async #put(request: VerifiedRequest): Promise<void> {
    const { incoming, response, target } = request;
    const isFirst = onlyIfAbsent(incoming);
    if (isFirst) requireAbsent(this.#store.find(target));
    const body = await this.#receive(request);
    const etag = `"${body.md5}"`;
    const object = { body, etag, headers: headersOf(incoming), onlyIfAbsent: isFirst };
    this.#keep(body, () => this.#store.put(target, object));
    response.writeHead(200, { etag }).end();
  }

  async #putPart(request: VerifiedRequest, id: string, number: number): Promise<void> {
    const { incoming, response, target } = request;
    if (incoming.headers['x-amz-copy-source'] !== undefined) {
      const body = await copyPiece(request, this.#store);
      this.#keep(body, () => this.#uploads.putPart(id, number, { address: target, body }));
      return sendXml(response, copiedDocument(body.md5));
    }
    const body = await this.#receive(request);
    this.#keep(body, () => this.#uploads.putPart(id, number, { address: request.target, body }));
    request.response.writeHead(200, { etag: `"${body.md5}"` }).end();
  }

  #receive({ incoming, payloadHash }: VerifiedRequest): Promise<Received> {
    if (incoming.headers['x-amz-copy-source'] !== undefined) throw notPermitted();
    const length = incoming.headers['content-length'];
    if (length === undefined)
      throw new S3Error('MissingContentLength', 'You must provide the Content-Length HTTP header.');
    if (Number(length) > maxBodyBytes)
      throw new S3Error('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size');
    return receiveBody(incoming, this.#store.bodies, { payloadHash, size: Number(length) });
  }

  #keep({ file }: Received, keep: () => void): void {
    try {
      keep();
    } catch (error) {
      this.#store.removeBody(file);
      throw error;
    }
  }

  async #get({ incoming, response, target, accessKeyId }: VerifiedRequest): Promise<void> {
    const found = this.#store.find(target);
    if (found === undefined) throw missing(target, accessKeyId);
    const headers = answeredHeaders(found, target);
    if (isUnchanged(incoming, found)) {
      response.writeHead(304, headers).end();
      return;
    }
    const { range, 'if-range': ifRange } = incoming.headers;
    const span = ifRange === undefined || ifRange === found.etag ? spanOf(range, found.size) : undefined;
    const { from, to } = span ?? { from: 0, to: found.size };
    response.writeHead(span ? 206 : 200, {
      ...headers,
      'content-length': to - from,
      ...(span ? { 'content-range': `bytes ${from}-${to - 1}/${found.size}` } : {}),
    });
    if (incoming.method === 'HEAD' || from === to) response.end();
    else
      await pipeline(
        createReadStream('', { fd: this.#store.open(found), start: from, end: to - 1 }),
        response,
      );
  }
}

const jsonIn = async (incoming: IncomingMessage): Promise<z.infer<typeof corsConfiguration>> => {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(Buffer.from(chunk));
  return corsConfiguration.parse(JSON.parse(Buffer.concat(chunks).toString('utf8')));
};

const headersOf = ({ headers }: IncomingMessage): Readonly<Record<string, string>> => ({
  'content-type': 'binary/octet-stream',
  ...Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      keptHeaders.test(name) && typeof value === 'string' ? [[name, value]] : [],
    ),
  ),
});

/** The URL of a download may name headers of its own, such as `response-content-disposition`. */
const answeredHeaders = ({ headers, etag, modified }: StoredObject, { query }: S3Target) => ({
  ...headers,
  ...Object.fromEntries(
    query.flatMap(([name, value]) => {
      const [, header = ''] = /^response-(content-[a-z]+|cache-control|expires)$/.exec(name) ?? [];
      return header === '' ? [] : [[header, value]];
    }),
  ),
  etag,
  'last-modified': new Date(modified).toUTCString(),
  'accept-ranges': 'bytes',
});

const notPermitted = (): S3Error =>
  new S3Error('AccessDenied', 'Access Denied: no function of a stage may do this.');

function sendXml(response: ServerResponse, document: string): void {
  response.writeHead(200, { 'content-type': 'application/xml' }).end(document);
}

/** Whether the client has this very object. @throws S3Error if it wants another one */
const isUnchanged = ({ headers }: IncomingMessage, { etag }: StoredObject): boolean => {
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = headers;
  if (ifMatch !== undefined && ifMatch !== etag && ifMatch !== '*')
    throw new S3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold');
  return ifNoneMatch === etag;
};

/** @throws S3Error for the only other value, an etag, which S3 does not take either */
function onlyIfAbsent({ headers }: IncomingMessage): boolean {
  const value = headers['if-none-match'];
  if (value === undefined || value === '*') return value === '*';
  throw new S3Error('NotImplemented', 'If-None-Match must be *.');
}
