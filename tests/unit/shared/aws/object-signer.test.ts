import { beforeAll, describe, expect, test } from '@jest/globals';
import { bucketOrigin, s3ObjectSigner } from '../../../../shared/aws/object-signer.ts';
import { MissingObjectError } from '../../../../shared/job/object-errors.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';

const deployed = { BUCKET_NAME: 'a-bucket', AWS_REGION: 'eu-central-1' };
const asked = { name: 'results/t/j/1/2', now: t0, expiresSeconds: 900 };

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
