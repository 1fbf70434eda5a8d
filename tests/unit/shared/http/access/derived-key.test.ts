import { hkdfSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { derivedKey } from '../../../../../shared/http/access/derived-key.ts';
import { derivedKeys } from '../../../../../shared/job/access-entry.ts';
import { aRootEntry } from '../../../../set-ups/access.ts';

const root = aRootEntry();
const raised = aRootEntry({ versions: { grant: 2, cookie: 2, cursor: 2, webhook: 2 } });

describe('derivedKey', () => {
  test('has 32 bytes, and another value for each purpose, version and tenant', () => {
    const keys = [
      derivedKey(root, 'jobId'),
      ...derivedKeys.flatMap((purpose) => [derivedKey(root, purpose), derivedKey(raised, purpose)]),
      derivedKey(root, 'webhook', 'a tenant'),
      derivedKey(root, 'webhook', 'another tenant'),
      derivedKey(aRootEntry({ secret: 'x'.repeat(43) }), 'jobId'),
    ];
    for (const key of keys) expect(key).toHaveLength(32);
    expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(keys.length);
  });

  test('is the same each time', () => {
    expect(derivedKey(root, 'webhook', 'a tenant')).toEqual(derivedKey(aRootEntry(), 'webhook', 'a tenant'));
  });

  // Another derivation would make new jobs of repeated submissions, and end all links, on an update of the code.
  test('is that of HKDF with SHA-256, as it was deployed first', () => {
    const secret = Buffer.from(root.secret, 'base64url');
    const expected = hkdfSync('sha256', secret, 'serverless-job-worker', 'grant/2', 32);
    expect(derivedKey(raised, 'grant')).toEqual(Buffer.from(expected));
    expect(derivedKey(root, 'jobId').toString('hex')).toBe(
      '29fecafcb2e30c008e43dd7323436b1b272f0c71fbd5b49ee997e39186c19b7b',
    );
  });

  test('for job ids never changes', () => {
    expect(derivedKey(raised, 'jobId')).toEqual(derivedKey(root, 'jobId'));
  });

  test.each(['', '/', 'é'.repeat(5_000)])('takes any text as a tenant: %.10s', (tenant) => {
    expect(derivedKey(root, 'webhook', tenant)).not.toEqual(derivedKey(root, 'webhook'));
  });
});
