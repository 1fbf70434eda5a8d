import { beforeEach, describe, expect, test } from '@jest/globals';
import { describeEntry } from '../../../../infra/access/describe-entry.ts';
import { AccessCommandError, createKey, revokeKey, rotateKey } from '../../../../infra/access/manage-keys.ts';
import { accessEntry, keyEntryId } from '../../../../shared/job/access-entry.ts';
import { readApiKey, sha256Of } from '../../../../shared/job/api-key.ts';
import { InMemoryAccessAdminStore } from '../../../set-ups/in-memory-access-admin-store.ts';

const hourMs = 3_600_000;
let time = 0;
let store: InMemoryAccessAdminStore;
beforeEach(() => {
  time = Date.parse('2026-11-25T10:00:00Z');
  store = new InMemoryAccessAdminStore();
});
const admin = () => ({ store, now: () => time });
const newKey = async (expiresAt?: number) => {
  const { text } = await createKey(admin(), { tenant: 'acme', rights: ['submit', 'read'], expiresAt });
  return readApiKey(text) ?? { id: '', secret: '' };
};
const secretsOf = async (id: string) => {
  const entry = await store.read(keyEntryId(id));
  return entry?.kind === 'key' ? entry.secrets : [];
};

describe('a new key', () => {
  test('has a text with a right checksum, and an entry that the functions can read', async () => {
    const { id, secret } = await newKey(time + hourMs);
    const entry = accessEntry.parse(await store.read(`key/${id}`));
    expect(entry).toEqual({
      id: `key/${id}`,
      kind: 'key',
      tenant: 'acme',
      rights: ['submit', 'read'],
      createdAt: time,
      expiresAt: time + hourMs,
      secrets: [{ sha256: sha256Of(secret) }],
    });
  });

  test('is stored without its secret', async () => {
    const { secret } = await newKey();
    expect(JSON.stringify(await store.list())).not.toContain(secret);
  });

  test('has a random id and secret', async () => {
    const keys = await Promise.all(Array.from({ length: 20 }, () => newKey()));
    expect(new Set(keys.map(({ id }) => id)).size).toBe(20);
    expect(new Set(keys.map(({ secret }) => secret)).size).toBe(20);
  });

  test('does not replace a key with the same id', async () => {
    const key = await newKey();
    const again = createKey(admin(), { tenant: 'other', rights: [], expiresAt: undefined }, key);
    await expect(again).rejects.toThrow(AccessCommandError);
    expect(await secretsOf(key.id)).toEqual([{ sha256: sha256Of(key.secret) }]);
  });
});

describe('a rotated key', () => {
  test('has a new secret, and the older one until the grace ends', async () => {
    const { id, secret } = await newKey();
    const { text } = await rotateKey(admin(), { keyId: id, graceMs: 24 * hourMs });
    const rotated = readApiKey(text);
    expect(rotated?.id).toBe(id);
    expect(await secretsOf(id)).toEqual([
      { sha256: sha256Of(rotated?.secret ?? '') },
      { sha256: sha256Of(secret), validUntil: time + 24 * hourMs },
    ]);
  });

  test('keeps the earlier end of an older secret, and drops a secret that has ended', async () => {
    const { id, secret } = await newKey();
    await rotateKey(admin(), { keyId: id, graceMs: hourMs });
    const firstEnd = time + hourMs;
    await rotateKey(admin(), { keyId: id, graceMs: 24 * hourMs });
    expect(await secretsOf(id)).toContainEqual({ sha256: sha256Of(secret), validUntil: firstEnd });
    time = firstEnd;
    await rotateKey(admin(), { keyId: id, graceMs: hourMs });
    const hashes = (await secretsOf(id)).map(({ sha256 }) => sha256);
    expect(hashes).toHaveLength(3);
    expect(hashes).not.toContain(sha256Of(secret));
  });

  test('has only the new secret if there is no grace', async () => {
    const { id } = await newKey();
    await rotateKey(admin(), { keyId: id, graceMs: 0 });
    expect(await secretsOf(id)).toHaveLength(1);
  });

  test.each([
    ['unknown', async () => 'unknownKey00'],
    [
      'revoked',
      async () => {
        const { id } = await newKey();
        await revokeKey(admin(), id);
        return id;
      },
    ],
    ['expired', async () => (await newKey(time)).id],
  ])('cannot be one that is %s', async (_state, prepare) => {
    const keyId = await prepare();
    const before = await store.list();
    await expect(rotateKey(admin(), { keyId, graceMs: 0 })).rejects.toThrow(AccessCommandError);
    expect(await store.list()).toEqual(before);
  });
});

describe('a revoked key', () => {
  test('has the time at which it was revoked first', async () => {
    const { id } = await newKey();
    const first = time;
    await revokeKey(admin(), id);
    time += hourMs;
    expect(await revokeKey(admin(), id)).toMatchObject({ revokedAt: first });
  });

  test('must exist', async () => {
    await expect(revokeKey(admin(), 'unknownKey00')).rejects.toThrow('There is no key unknownKey00.');
  });
});

describe('a line about a key', () => {
  const lineOf = async (id: string) => {
    const entry = await store.read(keyEntryId(id));
    return entry ? describeEntry(entry, time) : '';
  };

  test('tells its holder and its state, and neither a secret nor a hash', async () => {
    const { id, secret } = await newKey(time + hourMs);
    expect(await lineOf(id)).toBe(
      `key/${id}  acme  submit,read  created 2026-11-25  expires 2026-11-25T11:00Z`,
    );
    expect(await lineOf(id)).not.toContain(sha256Of(secret));
    await rotateKey(admin(), { keyId: id, graceMs: hourMs });
    expect(await lineOf(id)).toContain('older secret valid until 2026-11-25T11:00Z');
    time += hourMs;
    expect(await lineOf(id)).toContain('expired 2026-11-25T11:00Z');
    await revokeKey(admin(), id);
    expect(await lineOf(id)).toContain('revoked 2026-11-25T11:00Z');
  });
});
