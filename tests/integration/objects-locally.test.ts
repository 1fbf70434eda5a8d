import { createReadStream } from 'node:fs';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { accessKeysOf, putRoles } from '../../local/rights/roles.ts';
import { headerSigned, presigned } from '../object-signing.ts';
import { eventually } from './eventually.ts';
import { LocalObjects } from './local-objects.ts';

let objects: LocalObjects;
beforeAll(async () => {
  objects = await LocalObjects.start();
});
afterAll(() => objects?.stop());

describe('a presigned upload', () => {
  test('is taken with the length and the type that were signed', async () => {
    const answer = await objects.send(await objects.upload('uploads/a%20b', 5), 'a,b,c');
    expect(answer).toMatchObject({ status: 200, headers: { etag: '"a44c56c8177e32d3613988f4dba7962e"' } });
    const got = await objects.send(await objects.download('uploads/a%20b'));
    expect(got).toMatchObject({
      status: 200,
      body: 'a,b,c',
      headers: { 'content-type': 'text/csv', 'content-length': '5', 'accept-ranges': 'bytes' },
    });
  });

  test.each([
    ['a longer body', { 'content-length': '7' }, 'a,b,c,d'],
    ['a shorter body', { 'content-length': '3' }, 'a,b'],
    ['another type', { 'content-type': 'text/html' }, 'a,b,c'],
  ])('is refused with %s, and leaves nothing', async (_what, changed, body) => {
    const before = await objects.files();
    const wire = await objects.upload('uploads/refused', 5);
    const answer = await objects.send({ ...wire, headers: { ...wire.headers, ...changed } }, body);
    expect(answer.status).toBe(403);
    expect(answer.headers['content-type']).toBe('application/xml');
    expect(answer.body).toContain('<Error><Code>SignatureDoesNotMatch</Code>');
    expect((await objects.send(await objects.download('uploads/refused'))).status).toBe(404);
    expect(await objects.files()).toEqual(before);
  });

  test('is told that it is refused, also when it is large', async () => {
    const length = 20_000_000;
    const wire = await objects.upload('uploads/refused', length);
    const headers = { ...wire.headers, 'content-type': 'text/html' };
    const answer = await objects.send({ ...wire, headers }, 'x'.repeat(length));
    expect(answer).toMatchObject({ status: 403, body: expect.stringContaining('SignatureDoesNotMatch') });
  });

  test('leaves nothing if its sender goes away before the end', async () => {
    const before = await objects.files();
    const { url, headers } = await objects.upload('uploads/half', 1_000_000);
    const outgoing = request(`${objects.endpoint}${url}`, { method: 'PUT', headers });
    outgoing.on('error', () => {}).write('a'.repeat(500_000));
    const files = (areThere: (now: string) => boolean, what: string) =>
      eventually(async () => areThere(JSON.stringify(await objects.files())) || undefined, what);
    await files((now) => now !== JSON.stringify(before), 'a file of the half');
    outgoing.destroy();
    await files((now) => now === JSON.stringify(before), 'what was there before');
    expect((await objects.send(await objects.download('uploads/half'))).status).toBe(404);
  });

  test('is refused after its time', async () => {
    const headers = { 'content-length': '1' };
    const wire = await presigned(objects.toSign('uploads/late', { headers }), { at: Date.now() - 61_000 });
    const answer = await objects.send(wire, 'x');
    expect(answer).toMatchObject({ status: 403, body: expect.stringContaining('Request has expired') });
  });

  test('replaces an object, unless it must be the first', async () => {
    for (const body of ['1st', '2nd'])
      expect((await objects.send(await objects.upload('uploads/twice', 3), body)).status).toBe(200);
    expect(await objects.read('uploads/twice')).toBe('2nd');
    const headers = { 'content-length': '3', 'if-none-match': '*' };
    const answer = await objects.send(await presigned(objects.toSign('uploads/twice', { headers })), '3rd');
    expect(answer).toMatchObject({ status: 412, body: expect.stringContaining('PreconditionFailed') });
    expect(await objects.read('uploads/twice')).toBe('2nd');
  });

  test('that must be the first is the first once, of ten at a time', async () => {
    const headers = { 'content-length': '1', 'if-none-match': '*' };
    const wire = await presigned(objects.toSign('uploads/race', { headers }));
    const answers = await Promise.all([...'0123456789'].map((body) => objects.send(wire, body)));
    const won = answers.flatMap(({ status }, index) => (status === 200 ? [index] : []));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(9).fill(412)]);
    expect(await objects.read('uploads/race')).toBe(String(won[0]));
  });

  test('needs a length, and a hash that is its own', async () => {
    const chunked = await objects.send(
      await headerSigned(objects.toSign('results/x')),
      createReadStream('package.json'),
    );
    expect(chunked).toMatchObject({ status: 411 });
    const wire = await headerSigned(objects.toSign('results/x', { headers: { 'content-length': '1' } }));
    expect(await objects.send(wire, 'x')).toMatchObject({
      status: 400,
      body: expect.stringContaining('XAmzContentSHA256Mismatch'),
    });
    expect((await objects.send(await objects.download('results/x'))).status).toBe(404);
  });
});

describe('a download', () => {
  beforeAll(async () => {
    await objects.send(await objects.upload('results/r', 10), '0123456789');
  });

  test.each([
    ['bytes=2-4', '234', 'bytes 2-4/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=-2', '89', 'bytes 8-9/10'],
    ['bytes=-20', '0123456789', 'bytes 0-9/10'],
    ['bytes=8-99', '89', 'bytes 8-9/10'],
  ])('of the range %s is %s', async (range, body, contentRange) => {
    const wire = await objects.download('results/r');
    const answer = await objects.send({ ...wire, headers: { ...wire.headers, range } });
    expect(answer).toMatchObject({ status: 206, body, headers: { 'content-range': contentRange } });
  });

  test('of bytes that are not there is 416, and of several ranges is the whole', async () => {
    const wire = await objects.download('results/r');
    const beyond = await objects.send({ ...wire, headers: { ...wire.headers, range: 'bytes=10-' } });
    expect(beyond).toMatchObject({ status: 416, headers: { 'content-range': 'bytes */10' } });
    const several = await objects.send({ ...wire, headers: { ...wire.headers, range: 'bytes=0-1,3-4' } });
    expect(several).toMatchObject({ status: 200, body: '0123456789' });
  });

  test('may name its own headers, and is 304 for who has it', async () => {
    const query = { 'response-content-disposition': 'attachment; filename="r.txt"' };
    const { headers } = await objects.send(await objects.download('results/r', query));
    expect(headers['content-disposition']).toBe('attachment; filename="r.txt"');
    const wire = await objects.download('results/r');
    const again = { ...wire.headers, 'if-none-match': String(headers.etag) };
    expect(await objects.send({ ...wire, headers: again })).toMatchObject({ status: 304, body: '' });
  });

  test('has no body for HEAD, with the same headers', async () => {
    const answer = await objects.send(await presigned(objects.toSign('results/r', { method: 'HEAD' })));
    expect(answer).toMatchObject({ status: 200, body: '', headers: { 'content-length': '10' } });
  });

  test('is refused without a signature, and with that of another object', async () => {
    const unsigned = await objects.send({
      method: 'GET',
      url: '/bucket/results/r',
      headers: { host: objects.host },
    });
    expect(unsigned).toMatchObject({
      status: 403,
      body: expect.stringContaining('<Code>AccessDenied</Code>'),
    });
    const wire = await objects.download('results/other');
    const moved = await objects.send({ ...wire, url: wire.url.replace('results/other', 'results/r') });
    expect(moved).toMatchObject({ status: 403, body: expect.stringContaining('SignatureDoesNotMatch') });
  });

  test.each([
    ['404 to who may list such names', 'results', 404, 'NoSuchKey'],
    ['403 to who may not: it need not be missing', 'uploads', 403, 'AccessDenied'],
  ])('of an object that is not there is %s, as on AWS', async (_who, listed, status, code) => {
    const { reader: accessKeyId = '' } = accessKeysOf(['reader']);
    const condition = { StringLike: { 's3:prefix': `${listed}/*` } };
    const grants = [
      { action: 's3:GetObject', resource: 'arn:aws:s3:::bucket/*', name: 'objects', condition: {} },
      { action: 's3:ListBucket', resource: 'arn:aws:s3:::bucket', name: 'names', condition },
    ];
    putRoles({ [accessKeyId]: { name: 'reader', grants } });
    const wire = await objects.download('results/none', {}, { accessKeyId });
    expect(await objects.send(wire)).toMatchObject({
      status,
      body: expect.stringContaining(`<Code>${code}</Code>`),
    });
  });
});

test.each([
  ['list the bucket', 'GET', 'bucket', {}, 403],
  ['list all buckets', 'GET', '', {}, 403],
  ['use another bucket', 'GET', 'other/results/r', {}, 404],
])('a function cannot %s', async (_what, method, path, query, status) => {
  const wire = await headerSigned({ method, path: `/${path}`, host: objects.host, query });
  expect((await objects.send(wire)).status).toBe(status);
});
