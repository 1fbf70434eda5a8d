import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListPartsCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { credentials, region } from '../../local/local-aws.ts';
import { LocalObjects } from './local-objects.ts';

let objects: LocalObjects;
let s3: S3Client;
beforeAll(async () => {
  objects = await LocalObjects.start();
  connect();
});
afterAll(async () => {
  s3?.destroy();
  await objects?.stop();
});

/** The port is another one after each start. */
function connect(): void {
  s3?.destroy();
  s3 = new S3Client({ endpoint: objects.endpoint, region, credentials, forcePathStyle: true });
}

describe('the SDK', () => {
  const Bucket = 'bucket';

  test('puts and reads objects', async () => {
    await s3.send(
      new PutObjectCommand({ Bucket, Key: 'results/ä (1)+', Body: 'some', Metadata: { job: '7' } }),
    );
    const { Body, Metadata, ContentLength } = await s3.send(
      new GetObjectCommand({ Bucket, Key: 'results/ä (1)+' }),
    );
    expect(await Body?.transformToString()).toBe('some');
    expect({ Metadata, ContentLength }).toEqual({ Metadata: { job: '7' }, ContentLength: 4 });
  });

  const partBytes = 5 * 1024 * 1024;
  const bodies = ['a'.repeat(partBytes), 'b'.repeat(partBytes), 'end'];

  async function uploadParts(Key: string) {
    const { UploadId } = await s3.send(
      new CreateMultipartUploadCommand({ Bucket, Key, ContentType: 'text/plain' }),
    );
    const Parts = await Promise.all(
      bodies.map(async (Body, index) => {
        const part = { Bucket, Key, UploadId, PartNumber: index + 1 };
        const { ETag } = await s3.send(new UploadPartCommand({ ...part, Body }));
        return { PartNumber: index + 1, ETag };
      }),
    );
    return { Bucket, Key, UploadId, MultipartUpload: { Parts } };
  }

  test('uploads in parts, which can be listed, and continues after a restart', async () => {
    const { MultipartUpload, ...upload } = await uploadParts('results/parts');
    await objects.restart();
    connect();
    const listed = await s3.send(new ListPartsCommand({ ...upload, MaxParts: 2 }));
    expect(listed).toMatchObject({ IsTruncated: true, NextPartNumberMarker: '2' });
    const rest = await s3.send(new ListPartsCommand({ ...upload, PartNumberMarker: '2' }));
    expect(rest).toMatchObject({ IsTruncated: false, Parts: [{ PartNumber: 3, Size: 3 }] });
    const Parts = [...(listed.Parts ?? []), ...(rest.Parts ?? [])];
    const named = Parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag }));
    expect(named).toEqual(MultipartUpload.Parts);
    await s3.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: named } }));
    const { ContentLength, ContentType, ETag } = await s3.send(
      new HeadObjectCommand({ Bucket, Key: 'results/parts' }),
    );
    expect({ ContentLength, ContentType }).toEqual({
      ContentLength: 2 * partBytes + 3,
      ContentType: 'text/plain',
    });
    expect(ETag).toMatch(/^"[0-9a-f]{32}-3"$/);
    const Range = `bytes=${partBytes - 1}-${partBytes}`;
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: 'results/parts', Range }));
    expect(await Body?.transformToString()).toBe('ab');
    await expect(s3.send(new ListPartsCommand(upload))).rejects.toMatchObject({ name: 'NoSuchUpload' });
  });

  test('aborts an upload, whose parts go, and cannot use it for another key', async () => {
    const before = await objects.files();
    const { MultipartUpload, ...upload } = await uploadParts('results/aborted');
    const moved = { ...upload, Key: 'results/other', MultipartUpload };
    await expect(s3.send(new CompleteMultipartUploadCommand(moved))).rejects.toMatchObject({
      name: 'NoSuchUpload',
    });
    await s3.send(new AbortMultipartUploadCommand(upload));
    expect(await objects.files()).toEqual(before);
    await expect(
      s3.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload })),
    ).rejects.toMatchObject({ name: 'NoSuchUpload' });
  });

  test('cannot complete an upload with a part that is not there, in another order, or twice', async () => {
    const { MultipartUpload, ...upload } = await uploadParts('results/strict');
    const complete = (Parts: typeof MultipartUpload.Parts) =>
      s3.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }));
    const [first, second] = MultipartUpload.Parts;
    if (!first || !second) throw new Error('there are no parts');
    await expect(complete([{ PartNumber: 1, ETag: second.ETag }])).rejects.toMatchObject({
      name: 'InvalidPart',
    });
    await expect(complete([second, first])).rejects.toMatchObject({ name: 'InvalidPartOrder' });
    const both = await Promise.allSettled([complete(MultipartUpload.Parts), complete(MultipartUpload.Parts)]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });
});
