import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { AccessAdminStore } from '../../infra/access/admin-store.ts';
import type { AccessEntry, KeyEntry } from '../../shared/job/access-entry.ts';

const aKey = (): KeyEntry => ({
  id: `key/${randomUUID()}`,
  kind: 'key',
  tenant: 'acme',
  rights: ['submit', 'read'],
  createdAt: 1_700_000_000_000,
  secrets: [{ sha256: 'a'.repeat(64) }],
  expiresAt: 1_800_000_000_000,
});

const revoked = (entry: AccessEntry): AccessEntry =>
  entry.kind === 'key' ? { ...entry, revokedAt: 5 } : entry;

/** What every AccessAdminStore does. */
export function describeAccessAdminStore(name: string, getStore: () => AccessAdminStore): void {
  describe(name, () => {
    test('reads an entry that was created, and nothing under another id', async () => {
      const entry = aKey();
      expect(await getStore().create(entry)).toBe(true);
      expect(await getStore().read(entry.id)).toEqual(entry);
      expect(await getStore().read(`${entry.id}x`)).toBeUndefined();
    });

    test('does not create an entry over another one', async () => {
      const entry = aKey();
      await getStore().create(entry);
      expect(await getStore().create({ ...entry, tenant: 'other' })).toBe(false);
      expect(await getStore().read(entry.id)).toEqual(entry);
    });

    test('updates an entry: what the change adds, replaces and drops, and nothing else', async () => {
      const entry = aKey();
      await getStore().create(entry);
      const { expiresAt: _dropped, ...rest } = entry;
      const expected = {
        ...rest,
        secrets: [{ sha256: 'b'.repeat(64) }, { ...entry.secrets[0], validUntil: 9 }],
      };
      const changed = await getStore().update(entry.id, () => ({ ...expected, revokedAt: 5 }) as AccessEntry);
      expect(changed).toEqual({ ...expected, revokedAt: 5 });
      expect(await getStore().read(entry.id)).toEqual({ ...expected, revokedAt: 5 });
    });

    test('keeps both of two updates that are made at the same time', async () => {
      const entry = aKey();
      await getStore().create(entry);
      const append = (sha256: string) =>
        getStore().update(entry.id, (key) =>
          key.kind === 'key' ? { ...key, secrets: [...key.secrets, { sha256 }] } : key,
        );
      await Promise.all([append('c'.repeat(64)), append('d'.repeat(64))]);
      const after = await getStore().read(entry.id);
      expect(after?.kind === 'key' && after.secrets.map(({ sha256 }) => sha256.charAt(0)).sort()).toEqual([
        'a',
        'c',
        'd',
      ]);
    });

    test('updates nothing if the change throws, or there is no entry', async () => {
      const entry = aKey();
      expect(await getStore().update(entry.id, revoked)).toBeUndefined();
      expect(await getStore().read(entry.id)).toBeUndefined();
      await getStore().create(entry);
      const failing = getStore().update(entry.id, () => {
        throw new RangeError('no');
      });
      await expect(failing).rejects.toThrow(RangeError);
      expect(await getStore().read(entry.id)).toEqual(entry);
    });

    test('removes an entry once', async () => {
      const entry = aKey();
      await getStore().create(entry);
      expect(await getStore().remove(entry.id)).toBe(true);
      expect(await getStore().remove(entry.id)).toBe(false);
      expect(await getStore().read(entry.id)).toBeUndefined();
    });

    test('lists every entry, ordered by id', async () => {
      const entries = [aKey(), aKey(), aKey()];
      for (const entry of entries) await getStore().create(entry);
      const ids = (await getStore().list()).map(({ id }) => id);
      expect(ids).toEqual([...ids].sort());
      expect(ids).toEqual(expect.arrayContaining(entries.map(({ id }) => id)));
    });
  });
}
