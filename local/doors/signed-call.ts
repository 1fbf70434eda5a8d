import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { signatureOf } from './signature.ts';

const stated =
  /^AWS4-HMAC-SHA256 Credential=[^/,]+\/(\d{8})\/([\w-]+)\/([\w-]+)\/aws4_request, *SignedHeaders=([\w;-]+), *Signature=([\da-f]{64})$/;
/** That of the emulators. */
const maxBodyBytes = 16 * 1024 * 1024;

/**
 * Whether who calls knows the secret: the header `authorization` has a signature made with it (AWS Signature Version
 * 4). The time is not checked, since tests have clocks of their own.
 */
export async function isSigned(incoming: IncomingMessage, secret: string): Promise<boolean> {
  const { headers, method = '', url = '/' } = incoming;
  const [, day = '', region = '', service = '', names = '', signature] =
    stated.exec(headers.authorization ?? '') ?? [];
  if (signature === undefined) return false;
  // The SDK for JavaScript states the hash. The command line and other SDKs leave it to the receiver.
  const payloadHash = headers['x-amz-content-sha256'] ?? (await hashOfBody(incoming));
  const signed = names.split(';').map((name) => [name, String(headers[name] ?? '')] as const);
  if (payloadHash === undefined) return false;
  // What is encoded in the path is encoded once more.
  const [path = '', search = ''] = url.split(/\?(.*)/s);
  const target = { path, query: [...new URLSearchParams(search)] };
  const expected = signatureOf(
    { method, target, headers: signed, payloadHash: String(payloadHash) },
    { date: String(headers['x-amz-date']), scope: { day, region, service }, secret },
  );
  return timingSafeEqual(Buffer.from(expected), Buffer.from(signature));
}

async function hashOfBody(incoming: IncomingMessage): Promise<string | undefined> {
  const body = await readAhead(incoming);
  return body && createHash('sha256').update(body).digest('hex');
}

/**
 * Reads the body, and puts it back for who reads it next. @returns undefined if its length is not stated, or too large
 */
export async function readAhead(incoming: IncomingMessage): Promise<Buffer | undefined> {
  const length = Number(incoming.headers['content-length'] ?? Number.NaN);
  if (!(length <= maxBodyBytes)) return undefined;
  const chunks: Buffer[] = [];
  let left = length;
  while (left > 0) {
    const chunk: Buffer | null = incoming.read();
    if (chunk === null) await once(incoming, 'readable');
    else {
      chunks.push(chunk);
      left -= chunk.byteLength;
    }
  }
  const body = Buffer.concat(chunks);
  if (length > 0) incoming.unshift(body);
  return body;
}
