import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { signedHeadersOf } from '../../../../local/doors/sign-request.ts';
import { credentials, region } from '../../../../local/local-aws.ts';
import { S3Error } from '../../../../local/objects/s3-error.ts';
import { targetOf } from '../../../../local/objects/s3-target.ts';
import { verifySignature } from '../../../../local/objects/verify-signature.ts';
import {
  presigned as presign,
  headerSigned as sign,
  type ToSign,
  type Wire,
} from '../../../object-signing.ts';

const signer = { ...credentials, region };
const now = Date.UTC(2026, 0, 31, 12);
const host = '127.0.0.1:4000';
const emptyHash = createHash('sha256').digest('hex');

const upload = { 'content-length': '5', 'content-type': 'text/csv' };

const presigned = (toSign: Partial<ToSign> = {}): Promise<Wire> =>
  presign(
    { path: '/bucket/uploads/a%20b', host, ...toSign, headers: { ...upload, ...toSign.headers } },
    { at: now },
  );

const headerSigned = (toSign: Partial<ToSign> = {}): Promise<Wire> =>
  sign({ path: '/bucket/uploads/a%20b', host, ...toSign }, { at: now });

const verify = ({ method, url, headers }: Wire, at = now): string =>
  verifySignature(
    {
      method,
      target: targetOf(url),
      header: (name) => headers[name],
      headerNames: Object.keys(headers),
    },
    signer,
    at,
  ).payloadHash;

/** The code and the text of the refusal. */
function refusal(wire: Wire, at = now): string {
  try {
    verify(wire, at);
  } catch (error) {
    if (error instanceof S3Error) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'accepted';
}

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

const mismatch = /^SignatureDoesNotMatch: /;
type Change = (wire: Wire) => Wire;
const withHeader =
  (name: string, value: string): Change =>
  (wire) => ({ ...wire, headers: { ...wire.headers, [name]: value } });
const withoutHeader =
  (name: string): Change =>
  ({ headers: { [name]: _, ...headers }, ...wire }) => ({ ...wire, headers });
const withUrl =
  (from: string | RegExp, to: string): Change =>
  (wire) => ({ ...wire, url: wire.url.replace(from, to) });

const changes: readonly (readonly [string, Change, RegExp])[] = [
  ['another key', withUrl('a%20b', 'a%20c'), mismatch],
  ['another prefix', withUrl('/uploads/', '/results/'), mismatch],
  ['another bucket', withUrl('/bucket/', '/other/'), mismatch],
  ['a key that is encoded twice', withUrl('a%20b', 'a%2520b'), mismatch],
  ['a folder above', withUrl('/uploads/', '/uploads/x/../'), /^InvalidURI: /],
  ['a folder above, encoded', withUrl('/uploads/', '/uploads/x/%2e%2E/'), /^InvalidURI: /],
  ['a path that is not encoded well', withUrl('a%20b', 'a%2'), /^InvalidURI: /],
  ['a second slash', withUrl('/uploads/', '/uploads//'), mismatch],
  ['another method', (wire) => ({ ...wire, method: 'GET' }), mismatch],
  ['DELETE', (wire) => ({ ...wire, method: 'DELETE' }), mismatch],
  ['another host', withHeader('host', 'localhost:4000'), mismatch],
  [
    'another parameter',
    (wire) => ({ ...wire, url: `${wire.url}${wire.url.includes('?') ? '&' : '?'}uploads=` }),
    mismatch,
  ],
  [
    'metadata that nobody signed',
    withHeader('x-amz-meta-a', 'b'),
    /^AccessDenied: .*not signed: x-amz-meta-a/,
  ],
  ['a source to copy', withHeader('x-amz-copy-source', '/bucket/results/x'), /^AccessDenied: .*not signed/],
];

describe('refused signatures', () => {
  describe('a presigned URL is not accepted for', () => {
    const own: typeof changes = [
      ['a longer body', withHeader('content-length', '6'), mismatch],
      ['a shorter body', withHeader('content-length', '4'), mismatch],
      ['a body of unknown length', withoutHeader('content-length'), mismatch],
      ['another type', withHeader('content-type', 'text/html'), mismatch],
      ['no type', withoutHeader('content-type'), mismatch],
      ['more time', withUrl('X-Amz-Expires=60', 'X-Amz-Expires=600'), mismatch],
      ['more than a week', withUrl('X-Amz-Expires=60', 'X-Amz-Expires=604801'), /^AuthorizationQuery/],
      ['no time', withUrl('X-Amz-Expires=60', 'X-Amz-Expires=0'), /^AuthorizationQuery/],
      ['fewer signed headers', withUrl('content-length%3B', ''), mismatch],
      ['signed headers without the host', withUrl('%3Bhost', ''), /^AccessDenied: .*not signed: host/],
      ['another day', withUrl('20260131T', '20260130T'), /^AuthorizationQuery/],
      ['another region', withUrl('eu-central-1', 'us-east-1'), /^AuthorizationQuery/],
      ['another key', withUrl('=local%2F', '=other%2F'), /^InvalidAccessKeyId: /],
      [
        'a body in signed chunks',
        withUrl('UNSIGNED-PAYLOAD', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD'),
        /^NotImplemented: /,
      ],
      ['another signature', withUrl(/Signature=[0-9a-f]{64}/, `Signature=${'0'.repeat(64)}`), mismatch],
      ['half a signature', withUrl(/(X-Amz-Signature=.{8}).*?(&|$)/, '$1$2'), mismatch],
      ['no signature', withUrl(/&?X-Amz-Signature=[0-9a-f]+/, ''), /^AuthorizationQuery/],
      ['no date', withUrl(/X-Amz-Date=[^&]+&?/, ''), /^AuthorizationQuery/],
      ['a second signature', withHeader('authorization', 'AWS4-HMAC-SHA256 x'), /^InvalidArgument: Only one/],
    ];
    test.each([...changes, ...own])('%s', async (_what, change, expected) => {
      expect(refusal(change(await presigned()))).toMatch(expected);
    });
  });

  describe('a request that is signed in its headers is not accepted with', () => {
    const own: typeof changes = [
      ['another hash of the body', withHeader('x-amz-content-sha256', emptyHash.replace('e', 'f')), mismatch],
      ['no hash of the body', withoutHeader('x-amz-content-sha256'), /^InvalidRequest: /],
      ['an unsigned body', withHeader('x-amz-content-sha256', 'UNSIGNED-PAYLOAD'), mismatch],
      ['another date', withHeader('x-amz-date', '20260131T120001Z'), mismatch],
      ['no date', withoutHeader('x-amz-date'), /^AccessDenied: .*valid Date/],
      ['an unreadable date', withHeader('x-amz-date', '20260131T12:00'), /^AccessDenied: .*valid Date/],
      [
        'half an authorization',
        withHeader('authorization', 'AWS4-HMAC-SHA256 Credential=key'),
        /^AuthorizationHeader/,
      ],
      ['none', withoutHeader('authorization'), /^AccessDenied: Access Denied$/],
    ];
    test.each([...changes, ...own])('%s', async (_what, change, expected) => {
      expect(refusal(change(await headerSigned()))).toMatch(expected);
    });
  });

  test.each([
    ['another secret', { secretAccessKey: 'guessed' }, mismatch],
    ['another region', { region: 'us-east-1' }, /^Authorization/],
    ['another service', { service: 'sqs' }, /^Authorization/],
  ])('what is signed with %s is not accepted', async (_what, by, expected) => {
    expect(refusal(await presigned({ by }))).toMatch(expected);
    expect(refusal(await headerSigned({ by }))).toMatch(expected);
  });

  test('a presigned URL ends, and does not begin early', async () => {
    expect(refusal(await presigned(), now + 60_000)).toBe('AccessDenied: Request has expired');
    expect(refusal(await presigned(), now - 16 * 60_000)).toBe('AccessDenied: Request is not yet valid');
  });

  test('a request that is signed in its headers is for now only', async () => {
    expect(refusal(await headerSigned(), now + 16 * 60_000)).toMatch(/^RequestTimeTooSkewed/);
    expect(refusal(await headerSigned(), now - 16 * 60_000)).toMatch(/^RequestTimeTooSkewed/);
  });
});
