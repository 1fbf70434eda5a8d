import { describe, expect, test } from '@jest/globals';
import { apiKeyCaller } from '../../../../../shared/http/access/api-key-caller.ts';
import { type KeyEntry, keyEntryId } from '../../../../../shared/job/access-entry.ts';
import { sha256Of, writeApiKey } from '../../../../../shared/job/api-key.ts';
import { UnauthenticatedError } from '../../../../../shared/job/errors.ts';
import { t0 } from '../../../../../testkit/fakes/fixed.ts';
import { InMemoryAccessStore } from '../../../../../testkit/fakes/in-memory-access-store.ts';
import { aKey, aKeyEntry, aRoleEntry } from '../../../../set-ups/access.ts';

const key = aKey();
const text = writeApiKey(key);

async function callerOf(authorization: string | undefined, over: Partial<KeyEntry> = {}) {
  const store = new InMemoryAccessStore();
  store.put(aKeyEntry(key, { tenant: 'its tenant', rights: ['read'], ...over }));
  const headers = authorization === undefined ? {} : { authorization };
  const caller = await apiKeyCaller({ headers }, { entries: store, now: t0 }).catch((error: Error) => error);
  return { caller, reads: store.reads };
}

const known = { tenant: 'its tenant', rights: ['read'] };
const old = { sha256: sha256Of(key.secret), validUntil: t0 + 1 };
const other = { sha256: sha256Of('another secret') };

describe('apiKeyCaller', () => {
  test.each<[string, string, Partial<KeyEntry>]>([
    ['a key', `Bearer ${text}`, {}],
    ['a key, with the scheme in lower case', `bearer ${text}`, {}],
    ['a key, with more space', ` Bearer   ${text} `, {}],
    ['a key that has not expired', `Bearer ${text}`, { expiresAt: t0 + 1 }],
    ['the old secret of a rotated key, while it is valid', `Bearer ${text}`, { secrets: [other, old] }],
    ['the new secret of a rotated key', `Bearer ${text}`, { secrets: [{ sha256: old.sha256 }, other] }],
  ])('knows the caller by %s, with one read', async (_what, authorization, over) => {
    expect(await callerOf(authorization, over)).toEqual({ caller: known, reads: [keyEntryId(key.id)] });
  });

  test.each([
    ['no header', undefined],
    ['an empty header', ''],
    ['another scheme', `Basic ${text}`],
    ['no scheme', text],
    ['no key', 'Bearer '],
    ['two keys', `Bearer ${text}, Bearer ${text}`],
    ['a wrong checksum', `Bearer ${text.slice(0, -1)}${text.endsWith('A') ? 'B' : 'A'}`],
    ['a part of a key', `Bearer ${text.slice(0, -1)}`],
    ['a key and more', `Bearer ${text}A`],
    ['another prefix', `Bearer ${text.replace('sjw', 'sjx')}`],
    ['a long text', `Bearer ${'a'.repeat(100_000)}`],
  ])('refuses %s, without a read', async (_what, authorization) => {
    const { caller, reads } = await callerOf(authorization);
    expect(caller).toBeInstanceOf(UnauthenticatedError);
    expect(reads).toEqual([]);
  });

  const wrongSecret = writeApiKey({ ...key, secret: 'b'.repeat(43) });
  test.each<[string, string, Partial<KeyEntry>]>([
    ['unknown', writeApiKey(aKey('z')), {}],
    ['wrong secret', wrongSecret, {}],
    ['wrong secret', wrongSecret, { revokedAt: t0 - 1 }],
    ['wrong secret', text, { secrets: [other] }],
    ['wrong secret', text, { secrets: [{ ...old, validUntil: t0 }] }],
    [
      'wrong secret',
      writeApiKey({ ...key, secret: '0'.repeat(43) }),
      { secrets: [{ ...old, validUntil: 0 }] },
    ],
    ['revoked', text, { revokedAt: t0 + 1_000 }],
    ['expired', text, { expiresAt: t0 }],
  ])('refuses a key with one read, and says in the error alone: %s', async (why, sent, over) => {
    const { caller, reads } = await callerOf(`Bearer ${sent}`, over);
    expect(caller).toBeInstanceOf(UnauthenticatedError);
    expect(caller).toHaveProperty('message', expect.stringMatching(new RegExp(`^API key \\w{12}: ${why}$`)));
    expect(reads).toHaveLength(1);
  });

  test('refuses the entry of something else under the id of a key', async () => {
    const store = new InMemoryAccessStore();
    store.entries.set(keyEntryId(key.id), aRoleEntry('a-role'));
    const calling = apiKeyCaller(
      { headers: { authorization: `Bearer ${text}` } },
      { entries: store, now: t0 },
    );
    await expect(calling).rejects.toThrow(UnauthenticatedError);
  });
});
