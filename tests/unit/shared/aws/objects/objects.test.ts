import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { s3MultipartUploads } from '../../../../../shared/aws/objects/multipart-uploads.ts';
import { bucketOrigin, s3ObjectSigner } from '../../../../../shared/aws/objects/object-signer.ts';
import { s3ObjectStore } from '../../../../../shared/aws/objects/object-store.ts';
import { asError } from '../../../../../shared/domain/base/errors.ts';
import {
  MissingObjectError,
  ObjectsUnavailableError,
} from '../../../../../shared/domain/objects/object-errors.ts';
import { createUpload } from '../../../../../shared/operations/submit/create-upload.ts';
import { isOutage } from '../../../../../shared/worker/hold/error-policy.ts';
import { FixedClock, fixedRandom, t0 } from '../../../../../testkit/fakes/fixed.ts';
import { suspending } from '../../../../../testkit/fakes/suspending.ts';
import { bucketEnvironment } from '../../../../bucket-environment.ts';
import { uploadRules } from '../../../../set-ups/samples.ts';
import { aDoor } from '../../../../set-ups/tenant-door.ts';

let server: Server | undefined;

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
  const config = bucketEnvironment('bucket', `http://127.0.0.1:${port}`);
  return { seen, objects: s3ObjectStore(config), uploads: s3MultipartUploads(config) };
}

const refusing = (statusCode: number, code: string) => (_: IncomingMessage, response: ServerResponse) =>
  response.writeHead(statusCode).end(`<Error><Code>${code}</Code></Error>`);

const all = async (chunks: AsyncIterable<Uint8Array>): Promise<number> => {
  let bytes = 0;
  for await (const chunk of chunks) bytes += chunk.length;
  return bytes;
};

describe('object store', () => {
  beforeAll(() => {
    process.env.AWS_ACCESS_KEY_ID = 'a key id';
    process.env.AWS_SECRET_ACCESS_KEY = 'a secret';
  });
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

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
    test('with 404 NoSuchKey says that there is no object', async () => {
      const { objects } = await aBucket(refusing(404, 'NoSuchKey'));
      await expect(all(objects.read('x'))).rejects.toThrow(MissingObjectError);
    });

    test.each([
      [403, 'AccessDenied'],
      [403, 'RequestTimeTooSkewed'],
      [403, 'InvalidAccessKeyId'],
      [403, 'SignatureDoesNotMatch'],
      [404, 'NoSuchBucket'],
    ])(
      'with %i %s says nothing about the object: the job must not fail for good',
      async (statusCode, code) => {
        const { objects, seen } = await aBucket(refusing(statusCode, code));
        await expect(all(objects.read('x'))).rejects.toThrow(ObjectsUnavailableError);
        expect(seen.requests).toBeGreaterThan(1);
      },
    );
  });

  describe('what can never be stored', () => {
    test.each([
      [400, 'EntityTooLarge'],
      [400, 'InvalidArgument'],
      [400, 'InvalidRequest'],
      [405, 'MethodNotAllowed'],
    ])('is an error of the attempt, at once: %i %s', async (statusCode, code) => {
      const { objects, uploads, seen } = await aBucket(refusing(statusCode, code));
      const object = { name: 'x', body: 'y', contentType: 'text/plain' };
      for (const call of [() => objects.put(object), () => uploads.start(object)]) {
        const error = await call().catch(asError);
        expect(String(error)).toContain(`${statusCode} ${code}`);
        expect(isOutage(asError(error))).toBe(false);
      }
      expect(seen.requests).toBe(2);
    });

    test('is a type that Node.js refuses as a header: no request is made, and it is no outage', async () => {
      const { objects, uploads, seen } = await aBucket((_, response) => response.end());
      const object = { name: 'x', body: 'y', contentType: 'text/\u0100' };
      for (const call of [() => objects.put(object), () => uploads.start(object)]) {
        const error = await call().catch(asError);
        expect(error).toBeInstanceOf(Error);
        expect(isOutage(asError(error))).toBe(false);
      }
      expect(seen.requests).toBe(0);
    });

    test('is no conflict: that is tried again', async () => {
      const { objects, seen } = await aBucket((_, response) =>
        response.writeHead(seen.requests === 1 ? 409 : 200).end(),
      );
      await objects.put({ name: 'x', body: 'y', contentType: 'text/plain' });
      expect(seen.requests).toBe(2);
    });
  });

  test('an object is read to its end, however often its connection breaks off on the way', async () => {
    const size = 9;
    const { objects, seen } = await aBucket(({ headers }, response) => {
      // One that begins anew each time would never come to its end.
      if (seen.requests > 2 * size) return void response.writeHead(403).end();
      const [, at = '0'] = /^bytes=(\d+)-$/.exec(headers.range ?? '') ?? [];
      response.writeHead(206, { 'content-length': String(size - Number(at)) });
      response.write('x', () => Number(at) + 1 < size && response.destroy());
    });
    expect(await all(objects.read('x'))).toBe(size);
    // More than a call that brings nothing is made again.
    expect(seen.requests).toBe(size);
  });

  test('an upload is completed again if its answer of 200 tells of an error', async () => {
    const { uploads, seen } = await aBucket((_, response) =>
      response.end(seen.requests === 1 ? '<Error><Code>InternalError</Code></Error>' : '<Done/>'),
    );
    await uploads.complete({ name: 'x', uploadId: 'an upload' }, []);
    expect(seen.requests).toBe(2);
  });

  describe('a bucket that does not answer', () => {
    test('holds up no deletion for long: nothing depends on it, and a worker must come to its end', async () => {
      const { objects, uploads } = await aBucket(() => {});
      let hasReadEnded = false;
      const reading = all(objects.read('x')).finally(() => {
        hasReadEnded = true;
      });
      const readingFails = expect(reading).rejects.toThrow(ObjectsUnavailableError);
      const deleting = [objects.delete('x'), uploads.abort({ name: 'x', uploadId: 'an upload' })];
      for (const one of await Promise.allSettled(deleting))
        expect(one).toMatchObject({ status: 'rejected', reason: expect.any(ObjectsUnavailableError) });
      // A job depends on what it reads, so the first try alone takes longer.
      expect(hasReadEnded).toBe(false);
      server?.closeAllConnections();
      server?.close();
      await readingFails;
    }, 70_000);
  });
});

const deployed = bucketEnvironment('a-bucket');
const asked = { name: 'results/t/j/1/2', now: t0, expiresSeconds: 900 };

describe('object signer', () => {
  beforeAll(() => {
    process.env.AWS_ACCESS_KEY_ID = 'a key id';
    process.env.AWS_SECRET_ACCESS_KEY = 'a secret';
  });

  describe('the origin that a page sends files to', () => {
    test('is that of the signed URLs', async () => {
      const url = await s3ObjectSigner(deployed).signDownload(asked);
      expect(bucketOrigin(deployed)).toBe('https://a-bucket.s3.eu-central-1.amazonaws.com');
      expect(new URL(url).origin).toBe(bucketOrigin(deployed));
    });

    test('is that of the emulator on one machine, whose buckets are paths', () => {
      const local = { ...deployed, AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:4000' };
      expect(bucketOrigin(local)).toBe('http://127.0.0.1:4000');
    });
  });

  describe('a signed download', () => {
    const signed = async (over: object = {}) =>
      new URL(await s3ObjectSigner(deployed).signDownload({ ...asked, ...over }));

    test('is for one object and some minutes, and is saved under a name', async () => {
      const url = await signed({ fileName: 'a.csv' });
      expect(url.pathname).toBe('/results/t/j/1/2');
      expect(url.searchParams.get('X-Amz-Expires')).toBe('900');
      expect(url.searchParams.get('response-content-disposition')).toBe('attachment; filename="a.csv"');
      // As it was signed: S3 need not take a plus for a space.
      expect(url.search).toContain('attachment%3B%20filename%3D%22a.csv%22');
    });

    test('for an upload can be sent until the time that its receiver is told', async () => {
      const { suspensions } = suspending();
      const { upload, expiresAt } = await createUpload(
        { tenant: 'a tenant', bytes: 8 },
        {
          signer: s3ObjectSigner(deployed),
          uploads: uploadRules,
          clock: new FixedClock(),
          random: fixedRandom(),
          suspensions,
          door: aDoor().door,
        },
      );
      const seconds = Number(new URL(upload.url).searchParams.get('X-Amz-Expires'));
      expect([seconds, expiresAt]).toEqual([900, t0 + 900_000]);
    });

    test('never leads to an object of another name', async () => {
      for (const name of ['uploads/a/../b/x', 'uploads/a/./x', '../x', 'uploads/a/..'])
        await expect(signed({ name })).rejects.toThrow(MissingObjectError);
    });

    test('has another signature for another method, name or time', async () => {
      const all = await Promise.all(
        [{}, { method: 'HEAD' }, { fileName: 'a' }, { now: t0 + 1_000 }].map(signed),
      );
      const signatures = all.map(({ searchParams }) => searchParams.get('X-Amz-Signature'));
      expect(new Set(signatures).size).toBe(4);
      expect((await signed()).href).toBe(all[0]?.href);
    });
  });
});

const names = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
];
const before = names.map((name) => [name, process.env[name]] as const);

describe('object credentials', () => {
  beforeEach(() => {
    for (const name of names) delete process.env[name];
  });
  afterEach(() => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });

  // A container of ECS has no keys in its environment, and neither has an instance of EC2.
  test('a server signs with the credentials that its container is given', async () => {
    const server = createServer((_request, response) => {
      const Expiration = new Date(Date.now() + 3_600_000).toISOString();
      response.end(
        JSON.stringify({ AccessKeyId: 'of-the-task', SecretAccessKey: 'secret', Token: 't', Expiration }),
      );
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    process.env.AWS_CONTAINER_CREDENTIALS_FULL_URI = `http://127.0.0.1:${port}/`;
    try {
      const signer = s3ObjectSigner(deployed);
      const url = new URL(
        await signer.signDownload({ name: 'results/t/j/1/2', now: t0, expiresSeconds: 900 }),
      );
      expect(url.searchParams.get('X-Amz-Credential')).toMatch(/^of-the-task\//);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
