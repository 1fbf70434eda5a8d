import { describe, expect, test } from '@jest/globals';
import { type AccessEntry, keyEntryId, webhookEntryId } from '../../shared/job/access-entry.ts';
import type { AccessStore } from '../../shared/job/ports.ts';
import { aKey, aKeyEntry, aRoleEntry, aRootEntry } from '../set-ups/access.ts';

interface Table {
  readonly store: AccessStore;
  /** Writes an entry as a command of an operator does. */
  put(entry: AccessEntry): Promise<void>;
}

/** What the in-memory table and the adapter must have in common. */
export function describeAccessStore(name: string, table: () => Table): void {
  const read = (id: string) => table().store.read(id);

  describe(`${name} as an AccessStore`, () => {
    test.each<[string, AccessEntry]>([
      ['a key', aKeyEntry()],
      [
        'a key with all that it may have',
        aKeyEntry(aKey('b'), {
          rights: [],
          secrets: [{ sha256: '0'.repeat(64) }, { sha256: 'f'.repeat(64), validUntil: 1_800_000_000_000 }],
          expiresAt: 1_900_000_000_000,
          revokedAt: 1_700_000_000_000,
          lastUsedOn: '2026-01-02',
        }),
      ],
      ['a role', aRoleEntry('a-role')],
      ['the root secret', aRootEntry()],
      [
        'a rotation of a webhook secret',
        {
          id: webhookEntryId('a tenant'),
          kind: 'webhook',
          tenant: 'a tenant',
          version: 2,
          previousUntil: 1_800_000_000_000,
        },
      ],
    ])('reads %s as it was written', async (_what, entry) => {
      await table().put(entry);
      expect(await read(entry.id)).toEqual(entry);
    });

    test('reads an entry as it was written last', async () => {
      const entry = aKeyEntry(aKey('c'));
      await table().put(entry);
      await table().put({ ...entry, revokedAt: 1_700_000_000_000 });
      expect(await read(entry.id)).toEqual({ ...entry, revokedAt: 1_700_000_000_000 });
    });

    test('finds nothing under an id that has no entry', async () => {
      expect(await read(keyEntryId('z'.repeat(12)))).toBeUndefined();
    });
  });
}
