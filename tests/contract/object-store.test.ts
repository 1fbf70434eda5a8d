import { randomBytes, randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { credentials } from '../../local/local-aws.ts';
import { s3MultipartUploads } from '../../shared/aws/objects/multipart-uploads.ts';
import { s3ObjectStore } from '../../shared/aws/objects/object-store.ts';
import { MissingObjectError, UploadGoneError } from '../../shared/domain/objects/object-errors.ts';
import type { MultipartUploads, ObjectStore, Upload } from '../../shared/domain/objects/object-ports.ts';
import { InMemoryMultipartUploads, InMemoryObjectStore } from '../../testkit/fakes/in-memory-objects.ts';
import { bucketEnvironment } from '../bucket-environment.ts';
import { LocalObjects } from '../integration/local-objects.ts';

interface Bucket {
  readonly objects: ObjectStore;
  readonly uploads: MultipartUploads;
}

const aName = () => `results/a tenant/${randomUUID()}/ä (1)+`;
const contentType = 'text/plain';

/** What every implementation of the bucket's ports does. */
function describeObjectStore(name: string, bucketOf: () => Bucket): void {
  describe(`${name}: objects`, () => {
    test('are read as they were written, from any position on', async () => {
      const { objects } = bucketOf();
      const [object, body] = [aName(), randomBytes(200_000)];
      await objects.put({ name: object, body, contentType });
      expect(await objects.size(object)).toBe(200_000);
      for (const from of [0, 1, 65_536, 199_999, 200_000, 200_001])
        expect((await buffer(objects.read(object, { from }))).equals(body.subarray(from))).toBe(true);
    });

    test('may be texts, and may be empty', async () => {
      const { objects } = bucketOf();
      const [text, empty] = [aName(), aName()];
      await objects.put({ name: text, body: 'ä', contentType });
      await objects.put({ name: empty, body: '', contentType });
      expect((await buffer(objects.read(text))).toString()).toBe('ä');
      expect(await objects.size(text)).toBe(2);
      expect(await buffer(objects.read(empty))).toHaveLength(0);
    });

    test('are never overwritten', async () => {
      const { objects } = bucketOf();
      const object = aName();
      await objects.put({ name: object, body: 'first', contentType });
      await objects.put({ name: object, body: 'second', contentType });
      expect((await buffer(objects.read(object))).toString()).toBe('first');
    });

    test('are gone when they are deleted, once or twice', async () => {
      const { objects } = bucketOf();
      const object = aName();
      await objects.put({ name: object, body: 'some', contentType });
      await objects.delete(object);
      await objects.delete(object);
      await expect(objects.size(object)).rejects.toThrow(MissingObjectError);
      await expect(buffer(objects.read(object))).rejects.toThrow(MissingObjectError);
    });
  });

  describe(`${name}: uploads in parts`, () => {
    const minPartBytes = 5 * 1024 * 1024;
    const parts = [randomBytes(minPartBytes), randomBytes(minPartBytes), Buffer.from('end')];
    /** As a job uploads them: with numbers left out. */
    const numbers = [3, 17, 33];

    async function uploaded(uploads: MultipartUploads, object = aName()) {
      const upload = await uploads.start({ name: object, contentType });
      const put = await Promise.all(
        parts.map((body, index) => uploads.putPart({ ...upload, number: numbers[index] ?? 0, body })),
      );
      return { upload, put };
    }
    const expectGone = async (uploads: MultipartUploads, upload: Upload) => {
      await expect(uploads.listParts(upload)).rejects.toThrow(UploadGoneError);
      const part = { ...upload, number: 1, body: Buffer.from('x') };
      await expect(uploads.putPart(part)).rejects.toThrow(UploadGoneError);
    };

    test('list their parts, and make an object of those that are named', async () => {
      const { objects, uploads } = bucketOf();
      const { upload, put } = await uploaded(uploads);
      expect(await uploads.listParts(upload)).toEqual(put);
      expect(put.map(({ number, bytes }) => [number, bytes])).toEqual([
        [3, minPartBytes],
        [17, minPartBytes],
        [33, 3],
      ]);
      await expect(objects.size(upload.name)).rejects.toThrow(MissingObjectError);
      await uploads.complete(
        upload,
        [put[0], put[2]].flatMap((part) => part ?? []),
      );
      const whole = await buffer(objects.read(upload.name));
      expect(
        whole.equals(Buffer.concat([parts[0] ?? '', parts[2] ?? ''].map((part) => Buffer.from(part)))),
      ).toBe(true);
      await expectGone(uploads, upload);
    });

    test('may have parts that are copied from an object', async () => {
      const { objects, uploads } = bucketOf();
      const source = aName();
      const body = randomBytes(minPartBytes + 100);
      await objects.put({ name: source, body, contentType });
      const upload = await uploads.start({ name: aName(), contentType });
      const copy = (number: number, start: number, end: number) =>
        uploads.copyPart({ ...upload, number, from: source, start, end });
      const put = [await copy(2, 50, minPartBytes + 50), await copy(5, 0, 3)];
      expect(await uploads.listParts(upload)).toEqual(put);
      await uploads.complete(upload, put);
      const whole = Buffer.concat([body.subarray(50, minPartBytes + 50), body.subarray(0, 3)]);
      expect((await buffer(objects.read(upload.name))).equals(whole)).toBe(true);
      await expect(copy(7, 0, 3)).rejects.toThrow(UploadGoneError);
    });

    test('have no parts of an object that is not there, or is too short', async () => {
      const { objects, uploads } = bucketOf();
      const [source, none] = [aName(), aName()];
      await objects.put({ name: source, body: 'short', contentType });
      const upload = await uploads.start({ name: aName(), contentType });
      for (const from of [source, none])
        await expect(uploads.copyPart({ ...upload, number: 1, from, start: 0, end: 6 })).rejects.toThrow(
          MissingObjectError,
        );
    });

    test('are completed once, by the same parts as often as it is asked', async () => {
      const { uploads } = bucketOf();
      const { upload, put } = await uploaded(uploads);
      await uploads.complete(upload, put);
      await uploads.complete(upload, put);
      await expect(uploads.complete(upload, put.slice(0, 1))).rejects.toThrow(UploadGoneError);
    });

    test('are not completed with a part that was replaced', async () => {
      const { uploads } = bucketOf();
      const { upload, put } = await uploaded(uploads);
      await uploads.putPart({ ...upload, number: 3, body: randomBytes(minPartBytes) });
      await expect(uploads.complete(upload, put)).rejects.toThrow(UploadGoneError);
    });

    test('do not replace an object', async () => {
      const { objects, uploads } = bucketOf();
      const { upload, put } = await uploaded(uploads);
      await objects.put({ name: upload.name, body: 'first', contentType });
      await expect(uploads.complete(upload, put)).rejects.toThrow(UploadGoneError);
      expect(await objects.size(upload.name)).toBe(5);
    });

    test('are gone when they are aborted, once or twice', async () => {
      const { uploads } = bucketOf();
      const { upload } = await uploaded(uploads);
      await uploads.abort(upload);
      await uploads.abort(upload);
      await expectGone(uploads, upload);
    });

    test('list more parts than one answer has', async () => {
      const { uploads } = bucketOf();
      const upload = await uploads.start({ name: aName(), contentType });
      const body = Buffer.from('x');
      for (let number = 1; number <= 1_100; number += 100)
        await Promise.all(
          Array.from({ length: 100 }, (_, more) =>
            uploads.putPart({ ...upload, number: number + more, body }),
          ),
        );
      const listed = await uploads.listParts(upload);
      expect(listed.map(({ number }) => number)).toEqual(
        Array.from({ length: 1_100 }, (_, index) => index + 1),
      );
    });
  });
}

const objects = new InMemoryObjectStore();
const fake = { objects, uploads: new InMemoryMultipartUploads(objects.objects, 5 * 1024 * 1024) };

let local: LocalObjects;
const bucket = () => bucketEnvironment('bucket', local.endpoint);

describe('object store', () => {
  describeObjectStore('in memory', () => fake);
  beforeAll(async () => {
    process.env.AWS_ACCESS_KEY_ID = credentials.accessKeyId;
    process.env.AWS_SECRET_ACCESS_KEY = credentials.secretAccessKey;
    local = await LocalObjects.start();
  });
  afterAll(() => local?.stop());
  describeObjectStore('S3', () => ({
    objects: s3ObjectStore(bucket()),
    uploads: s3MultipartUploads(bucket()),
  }));
});
