import { expect, test } from '@jest/globals';
import { entryDocument } from '../../../../scripts/access/entry-document.ts';
import type { AccessEntry } from '../../../../shared/job/access-entry.ts';

const createdAt = Date.parse('2026-11-25T10:00:00Z');
const sha256 = 'a'.repeat(64);

test.each<[AccessEntry, object]>([
  [
    {
      id: 'key/abcdefghijkl',
      kind: 'key',
      tenant: 'acme',
      rights: ['read'],
      createdAt,
      expiresAt: createdAt + 1000,
      secrets: [{ sha256 }],
    },
    {
      kind: 'key',
      id: 'abcdefghijkl',
      tenant: 'acme',
      rights: ['read'],
      createdAt: '2026-11-25T10:00:00.000Z',
      expiresAt: '2026-11-25T10:00:01.000Z',
      revokedAt: null,
      lastUsedOn: null,
    },
  ],
  [
    { id: 'role/batch', kind: 'role', tenant: 'acme', rights: ['read'], createdAt },
    { kind: 'role', role: 'batch', tenant: 'acme', rights: ['read'], createdAt: '2026-11-25T10:00:00.000Z' },
  ],
  [
    { id: 'webhook/x', kind: 'webhook', tenant: 'acme', version: 2, previousUntil: createdAt },
    { kind: 'webhook', tenant: 'acme', version: 2, previousUntil: '2026-11-25T10:00:00.000Z' },
  ],
  [
    {
      id: 'root',
      kind: 'root',
      secret: sha256,
      versions: { grant: 1, cookie: 2, cursor: 1, webhook: 1 },
      createdAt,
    },
    {
      kind: 'root',
      versions: { grant: 1, cookie: 2, cursor: 1, webhook: 1 },
      createdAt: '2026-11-25T10:00:00.000Z',
    },
  ],
])('$kind: programs are told what there is, and no secret', (entry, document) => {
  expect(entryDocument(entry)).toEqual(document);
  expect(JSON.stringify(entryDocument(entry))).not.toContain(sha256);
});
