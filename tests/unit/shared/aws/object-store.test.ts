import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { s3MultipartUploads } from '../../../../shared/aws/multipart-uploads.ts';
import { s3ObjectStore } from '../../../../shared/aws/object-store.ts';
import { MissingObjectError, ObjectsUnavailableError } from '../../../../shared/job/object-errors.ts';

beforeAll(() => {
  process.env.AWS_ACCESS_KEY_ID = 'a key id';
  process.env.AWS_SECRET_ACCESS_KEY = 'a secret';
});

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A bucket that answers as a test says, and counts connections. */
async function aBucket(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const seen = { connections: 0, requests: 0 };
  server = createServer((request, response) => {
    seen.requests += 1;
    request.resume().on('end', () => answer(request, response));
  });
  server.on('connection', () => {
    seen.connections += 1;
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = z.object({ port: z.int() }).parse(server.address());
  const config = {
    BUCKET_NAME: 'bucket',
    AWS_REGION: 'eu-central-1',
    AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}`,
  };
  return { seen, objects: s3ObjectStore(config), uploads: s3MultipartUploads(config) };
}

const refusing = (statusCode: number, code: string) => (_: IncomingMessage, response: ServerResponse) =>
  response.writeHead(statusCode).end(`<Error><Code>${code}</Code></Error>`);

const all = async (chunks: AsyncIterable<Uint8Array>): Promise<number> => {
  let bytes = 0;
  for await (const chunk of chunks) bytes += chunk.length;
  return bytes;
};

describe('the connections to the bucket', () => {
  test('are used again after a size was asked for', async () => {
    const { seen, objects } = await aBucket((_, response) =>
      response.writeHead(200, { 'content-length': '5' }).end(),
    );
    for (let times = 0; times < 10; times += 1) expect(await objects.size('x')).toBe(5);
    expect(seen.connections).toBe(1);
  });

  test('are used again after a read that began behind the last byte', async () => {
    const { seen, objects } = await aBucket(refusing(416, 'InvalidRange'));
    for (let times = 0; times < 10; times += 1) expect(await all(objects.read('x', { from: 5 }))).toBe(0);
    expect(seen.connections).toBe(1);
  });
});

describe('a refusal by the bucket', () => {
  test.each([
    [403, 'AccessDenied'],
    [404, 'NoSuchKey'],
  ])('with %i %s says that there is no object', async (statusCode, code) => {
    const { objects } = await aBucket(refusing(statusCode, code));
    await expect(all(objects.read('x'))).rejects.toThrow(MissingObjectError);
  });

  test.each(['RequestTimeTooSkewed', 'InvalidAccessKeyId', 'SignatureDoesNotMatch'])(
    'with 403 %s says nothing about the object: the job must not fail for good',
    async (code) => {
      const { objects, seen } = await aBucket(refusing(403, code));
      await expect(all(objects.read('x'))).rejects.toThrow(ObjectsUnavailableError);
      expect(seen.requests).toBeGreaterThan(1);
    },
  );
});

describe('a bucket that does not answer', () => {
  test('holds up no deletion for long: nothing depends on it, and a worker must come to its end', async () => {
    const { objects, uploads } = await aBucket(() => {});
    const startedAt = performance.now();
    const deleting = [objects.delete('x'), uploads.abort({ name: 'x', uploadId: 'an upload' })];
    for (const one of await Promise.allSettled(deleting))
      expect(one).toMatchObject({ status: 'rejected', reason: expect.any(ObjectsUnavailableError) });
    expect(performance.now() - startedAt).toBeLessThan(4_500);
  }, 70_000);
});
