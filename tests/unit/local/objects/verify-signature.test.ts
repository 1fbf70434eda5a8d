import { describe, expect, test } from '@jest/globals';
import { signedHeadersOf } from '../../../../local/objects/sign-request.ts';
import { emptyHash, headerSigned, host, now, presigned, signer, verify } from './signed-wires.ts';

const paths = [
  '/bucket/uploads/a',
  '/bucket/uploads/a%20b%2Bc%28d%29%2A%27%21',
  '/bucket/uploads/%C3%A4/%E2%82%AC',
  '/bucket/results/x%252Fy',
  '/bucket/',
  '/bucket',
];

describe('what the SDK signs', () => {
  test.each(paths)('is accepted for the path %s, presigned and in headers', async (path) => {
    expect(verify(await presigned({ path }))).toBe('UNSIGNED-PAYLOAD');
    expect(verify(await headerSigned({ path }))).toBe(emptyHash);
  });

  test('is accepted with a query, such as that of a part or of a download', async () => {
    const query = {
      uploadId: 'a/b+c=',
      partNumber: '2',
      'response-content-disposition': 'attachment; filename="ä b"',
    };
    expect(verify(await presigned({ query }))).toBe('UNSIGNED-PAYLOAD');
    expect(verify(await headerSigned({ query, method: 'POST' }))).toBe(emptyHash);
    expect(verify(await headerSigned({ query: { uploads: '' }, method: 'POST' }))).toBe(emptyHash);
  });

  test('is accepted with If-None-Match and spaces in a header', async () => {
    const headers = { 'if-none-match': '*', 'x-amz-meta-name': '  some   name ' };
    expect(verify(await headerSigned({ headers }))).toBe(emptyHash);
  });

  test('is accepted until it expires, and from a clock that is a quarter of an hour off', async () => {
    expect(verify(await presigned(), now + 59_999)).toBe('UNSIGNED-PAYLOAD');
    expect(verify(await presigned(), now - 14 * 60_000)).toBe('UNSIGNED-PAYLOAD');
    expect(verify(await headerSigned(), now + 14 * 60_000)).toBe(emptyHash);
  });

  test('is what our own signing makes of it', () => {
    const request = { method: 'PUT', url: `http://${host}/bucket?cors=`, body: '' };
    const headers = { host, ...signedHeadersOf(request, signer, now) };
    expect(verify({ method: 'PUT', url: '/bucket?cors=', headers })).toBe(emptyHash);
  });
});
