import { beforeEach, describe, expect, test } from '@jest/globals';
import { audited } from '../../../../infra/access/audit.ts';
import { describeEntry } from '../../../../infra/access/describe-entry.ts';
import { importRootSecret } from '../../../../infra/access/import-root-secret.ts';
import {
  AccessCommandError,
  createKey,
  isOneMoreTenant,
  revokeKey,
  rotateKey,
} from '../../../../infra/access/manage-keys.ts';
import { mapRole, rotateDerivedKey, rotateLinks, unmapRole } from '../../../../infra/access/manage-stage.ts';
import { findTenant, setMailPlaces } from '../../../../infra/access/manage-tenants.ts';
import { newApiKey } from '../../../../infra/access/new-api-key.ts';
import {
  writeLinksSecret,
  writeRootSecret,
  writeSecrets,
  writeWebhookKey,
} from '../../../../infra/access/root-secret.ts';
import { rotateWebhookSecret } from '../../../../infra/access/rotate-webhook-secret.ts';
import { holdSuspendedNow, resumeTenant, suspendTenant } from '../../../../infra/access/suspend-tenant.ts';
import {
  accessEntry,
  keyEntryId,
  linksEntry,
  rootSecretEntry,
  webhookKeyEntry,
} from '../../../../shared/domain/access/access-entry.ts';
import {
  keyIdLength,
  keySecretLength,
  readApiKey,
  sha256Of,
  writeApiKey,
} from '../../../../shared/domain/access/api-key.ts';
import { mailPlacesOf } from '../../../../shared/domain/access/mail-places.ts';
import { StoreUnavailableError } from '../../../../shared/domain/base/errors.ts';
import { InMemoryAccessAdminStore } from '../../../set-ups/in-memory-access-admin-store.ts';
import { somePauses } from '../../../set-ups/pauses.ts';

const hourMs = 3_600_000;
let time = 0;
let store: InMemoryAccessAdminStore;
const secretsOf = async (id: string) => {
  const entry = await store.read(keyEntryId(id));
  return entry?.kind === 'key' ? entry.secrets : [];
};

describe('manage keys', () => {
  beforeEach(() => {
    time = Date.parse('2026-11-25T10:00:00Z');
    store = new InMemoryAccessAdminStore();
  });
  const admin = () => ({ store, now: () => time });
  const newKey = async (expiresAt?: number) => {
    const { text } = await createKey(admin(), { tenant: 'acme', rights: ['submit', 'read'], expiresAt });
    return readApiKey(text) ?? { id: '', secret: '' };
  };

  test('a tenant is one more where others have keys or roles, and it has none', async () => {
    const ofTenants = () => Promise.all(['acme', 'other'].map((tenant) => isOneMoreTenant(admin(), tenant)));
    expect(await ofTenants()).toEqual([false, false]);
    await newKey();
    expect(await ofTenants()).toEqual([false, true]);
    await mapRole(admin(), { roleName: 'batch', tenant: 'other', rights: ['read'] });
    expect(await ofTenants()).toEqual([false, false]);
    await setMailPlaces(admin(), { tenant: 'third', places: ['example.com'] });
    expect(await isOneMoreTenant(admin(), 'third')).toBe(true);
  });

  describe('what a command changes', () => {
    const calls = () => store.added.map(({ by, command, entry, tenant }) => [by, command, entry, tenant]);
    const by = (command: string) => ({
      store: audited(store, { who: async () => 'arn:jane', command, now: () => time }),
      now: () => time,
    });

    test('is written down once, with who does it, also if it comes to nothing', async () => {
      const rights = ['submit'] as const;
      const { entry } = await createKey(by('create'), { tenant: 'acme', rights, expiresAt: undefined });
      await mapRole(by('map-role'), { roleName: 'batch', tenant: 'acme', rights });
      await mapRole(by('map-role'), { roleName: 'batch', tenant: 'other', rights });
      await unmapRole(by('unmap-role'), 'batch');
      await expect(revokeKey(by('revoke'), 'unknown')).rejects.toThrow(AccessCommandError);
      expect(calls()).toEqual([
        ['arn:jane', 'create', entry.id, 'acme'],
        ['arn:jane', 'map-role', 'role/batch', 'acme'],
        ['arn:jane', 'map-role', 'role/batch', 'other'],
        ['arn:jane', 'unmap-role', 'role/batch', undefined],
        ['arn:jane', 'revoke', 'key/unknown', undefined],
      ]);
      expect(new Set(store.added.map(({ id }) => id)).size).toBe(5);
    });

    test('stays as it is if it cannot be written down, or nobody knows who asks', async () => {
      const { id } = await newKey();
      const who = async () => {
        throw new Error('no credentials');
      };
      const revoking = {
        store: audited(store, { who, command: 'revoke', now: () => time }),
        now: () => time,
      };
      await expect(revokeKey(revoking, id)).rejects.toThrow('no credentials');
      expect(await store.read(keyEntryId(id))).not.toHaveProperty('revokedAt');
    });

    test('is not asked for by a command that only looks', async () => {
      await findTenant(by('mail'), 'acme');
      await by('list').store.list();
      expect(calls()).toEqual([]);
    });
  });

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
});

describe('manage stage', () => {
  beforeEach(() => {
    store = new InMemoryAccessAdminStore();
  });
  const admin = () => ({ store, now: () => 1000 });

  test('the root secret has 32 random bytes, and all versions are 1', async () => {
    expect(await writeRootSecret(store, 1000)).toBe(true);
    const { secret, ...rest } = rootSecretEntry.parse(await store.read('root'));
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
    const versions = { grant: 1, cookie: 1, cursor: 1, webhook: 1 };
    expect(rest).toEqual({ id: 'root', kind: 'root', versions, createdAt: 1000 });
    const other = new InMemoryAccessAdminStore();
    await writeRootSecret(other, 1000);
    expect(rootSecretEntry.parse(await other.read('root')).secret).not.toBe(secret);
  });

  test('a root secret that is there stays as it is', async () => {
    await writeRootSecret(store, 1000);
    await rotateDerivedKey(admin(), 'grant');
    const before = await store.read('root');
    expect(await writeRootSecret(store, 2000)).toBe(false);
    expect(await store.read('root')).toEqual(before);
  });

  test('a derived key gets the next version, and the others keep theirs', async () => {
    await writeRootSecret(store, 1000);
    await rotateDerivedKey(admin(), 'cookie');
    await rotateDerivedKey(admin(), 'cookie');
    const versions = { grant: 1, cookie: 3, cursor: 1, webhook: 1 };
    expect(await store.read('root')).toMatchObject({ versions });
  });

  test('without a root secret no derived key can be rotated', async () => {
    await expect(rotateDerivedKey(admin(), 'grant')).rejects.toThrow('`keys init` writes it');
  });

  test('the secret of links is written once, and a rotation writes another one', async () => {
    const secretOf = async () => linksEntry.parse(await store.read('links')).secret;
    expect(await writeLinksSecret(store, 1000)).toBe(true);
    const first = await secretOf();
    expect(Buffer.from(first, 'base64url')).toHaveLength(32);
    expect(await writeLinksSecret(store, 2000)).toBe(false);
    expect(await secretOf()).toBe(first);
    const rotated = await rotateLinks(admin());
    expect(describeEntry(rotated, 0)).not.toContain(await secretOf());
    expect(await secretOf()).not.toBe(first);
  });

  test('a rotation writes a secret of links where there is none', async () => {
    await rotateLinks(admin());
    expect(linksEntry.parse(await store.read('links')).secret).toHaveLength(43);
  });

  describe('the key of webhooks', () => {
    const keyOf = async () => webhookKeyEntry.parse(await store.read('webhook-key'));

    test('is written with the root secret, tells nothing of it, and stays', async () => {
      expect(await writeSecrets(store, 1000)).toEqual({ root: true, links: true, webhookKey: true });
      const [key, root] = [await keyOf(), rootSecretEntry.parse(await store.read('root'))];
      expect(Buffer.from(key.secret, 'base64url')).toHaveLength(32);
      expect(key.secret).not.toBe(root.secret);
      expect(describeEntry(key, 0)).toBe('webhook-key  version 1');
      expect(await writeSecrets(store, 2000)).toEqual({ root: false, links: false, webhookKey: false });
      expect(await keyOf()).toEqual(key);
    });

    test('is written where a stage of before has none, and not without a root secret', async () => {
      expect(await writeWebhookKey(store)).toBe(false);
      expect(await store.list()).toEqual([]);
      await writeRootSecret(store, 1000);
      expect(await writeSecrets(store, 2000)).toMatchObject({ root: false, webhookKey: true });
    });

    test('is another one after a rotation of what is derived for webhooks, and of nothing else', async () => {
      await writeSecrets(store, 1000);
      const first = await keyOf();
      for (const name of ['grant', 'cookie', 'cursor'] as const) await rotateDerivedKey(admin(), name);
      expect(await keyOf()).toEqual(first);
      await rotateDerivedKey(admin(), 'webhook');
      const rotated = await keyOf();
      expect([rotated.version, rotated.secret === first.secret]).toEqual([2, false]);
    });

    test('follows a rotation that comes between the look at the root secret and the write', async () => {
      await writeSecrets(store, 1000);
      let rotations = 0;
      const raced = {
        read: (id: string) => store.read(id),
        create: (entry: Parameters<typeof store.create>[0]) => store.create(entry),
        async update(id: string, change: Parameters<typeof store.update>[1]) {
          rotations += 1;
          if (rotations === 1) await rotateDerivedKey(admin(), 'webhook');
          return store.update(id, change);
        },
      };
      await writeWebhookKey(raced);
      expect((await keyOf()).version).toBe(2);
    });

    test('is that of the root secret which was exported, wherever that is imported', async () => {
      await writeSecrets(store, 1000);
      const [key, root] = [await keyOf(), rootSecretEntry.parse(await store.read('root'))];
      store = new InMemoryAccessAdminStore();
      const to = { root, from: 'prod', to: 'prod' };
      expect(await importRootSecret(store, { ...to, mayReplace: false })).toBe('written');
      expect(await keyOf()).toEqual(key);
      store = new InMemoryAccessAdminStore();
      await writeSecrets(store, 1000);
      expect(await importRootSecret(store, { ...to, mayReplace: true })).toBe('replaced');
      expect(await keyOf()).toEqual(key);
    });
  });

  test('the root entry is described without its secret', async () => {
    await writeRootSecret(store, 1000);
    const entry = rootSecretEntry.parse(await store.read('root'));
    const line = 'root  created 1970-01-01  versions: grant 1, cookie 1, cursor 1, webhook 1';
    expect(describeEntry(entry, 2000)).toBe(line);
  });

  test('a role is mapped, mapped anew, and unmapped once', async () => {
    await mapRole(admin(), { roleName: 'batch', tenant: 'acme', rights: ['submit'] });
    await mapRole(admin(), { roleName: 'batch', tenant: 'other', rights: ['read'] });
    const mapped = { id: 'role/batch', kind: 'role', tenant: 'other', rights: ['read'], createdAt: 1000 };
    expect(await store.list()).toEqual([mapped]);
    await unmapRole(admin(), 'batch');
    expect(await store.list()).toEqual([]);
    await expect(unmapRole(admin(), 'batch')).rejects.toThrow('The role batch is not mapped.');
  });
});

describe('new api key', () => {
  test('a new key can be written and read', () => {
    for (let count = 0; count < 100; count += 1) {
      const key = newApiKey();
      expect([key.id.length, key.secret.length]).toEqual([keyIdLength, keySecretLength]);
      expect(readApiKey(writeApiKey(key))).toEqual(key);
    }
  });

  // The remainder of a byte by 62 would give each of the first 8 characters 5/256, and the others 4/256.
  test('every character is as frequent as every other', () => {
    const text = Array.from({ length: 3000 }, () => newApiKey().secret).join('');
    const counts = new Map<string, number>();
    for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
    expect(counts.size).toBe(62);
    const expected = text.length / 62;
    const chiSquare = [...counts.values()].reduce(
      (sum, count) => sum + (count - expected) ** 2 / expected,
      0,
    );
    expect(chiSquare).toBeLessThan(140); // one in ten million with 61 degrees of freedom; a biased source has over 700
  });
});

const rotation = { tenant: 'acme', graceMs: 60_000 };

describe('rotate webhook secret', () => {
  test('a rotation is written, and written anew by the next one', async () => {
    const store = new InMemoryAccessAdminStore();
    const first = await rotateWebhookSecret({ store, now: () => 1000 }, rotation);
    expect(first).toMatchObject({ kind: 'webhook', tenant: 'acme', version: 2, previousUntil: 61_000 });
    await rotateWebhookSecret({ store, now: () => 2000 }, rotation);
    expect(await store.list()).toEqual([{ ...first, version: 3, before: 2, previousUntil: 62_000 }]);
  });

  test('a rotation is described with the end of the secret before, until that has come', async () => {
    const store = new InMemoryAccessAdminStore();
    const entry = await rotateWebhookSecret({ store, now: () => 0 }, rotation);
    const line = `${entry.id}  acme  webhook secret 2`;
    expect(describeEntry(entry, 59_999)).toBe(`${line}  the one before until 1970-01-01T00:01Z`);
    expect(describeEntry(entry, 60_000)).toBe(line);
  });
});

describe('to where tenants may mail', () => {
  beforeEach(() => {
    store = new InMemoryAccessAdminStore();
  });
  const admin = () => ({ store, now: () => 1000 });
  const linesOf = async (tenant: string) =>
    (await findTenant(admin(), tenant)).map((entry) => describeEntry(entry, 1000).replace(/^\S+ {2}/, ''));

  test('is said for one, said anew, and taken back', async () => {
    expect(await linesOf('acme')).toEqual([]);
    for (const [places, line] of [
      [['example.com', 'jane@example.org'], 'acme  mail to example.com, jane@example.org'],
      [['*'], 'acme  mail to *'],
      [[], 'acme  mail to nobody'],
    ] as const) {
      await setMailPlaces(admin(), { tenant: 'acme', places });
      expect(await linesOf('acme')).toEqual([line]);
    }
    expect(await linesOf('other')).toEqual([]);
  });

  test('is shown with what all tenants may', async () => {
    await setMailPlaces(admin(), { tenant: '*', places: ['example.net'] });
    await setMailPlaces(admin(), { tenant: 'acme', places: ['example.com'] });
    expect(await linesOf('acme')).toEqual(['acme  mail to example.com', '*  mail to example.net']);
    expect(await linesOf('*')).toEqual(['*  mail to example.net']);
  });

  test('is not everywhere for all tenants: a stage is no open relay', async () => {
    const opening = setMailPlaces(admin(), { tenant: '*', places: ['example.com', '*'] });
    await expect(opening).rejects.toThrow(AccessCommandError);
    expect(await store.list()).toEqual([]);
  });

  test('is one entry for each of 500 tenants, which the functions can read', async () => {
    const tenants = Array.from({ length: 500 }, (_, index) => `tenant ${index}`);
    for (const tenant of tenants)
      await setMailPlaces(admin(), { tenant, places: [`${tenants.indexOf(tenant)}.example`] });
    expect(await store.list()).toHaveLength(500);
    expect(await mailPlacesOf('tenant 499', store)).toEqual(['499.example']);
  });
});

describe('suspend a tenant', () => {
  const anAdmin = () => ({ store: new InMemoryAccessAdminStore(), now: () => 0 });

  test('is listed until it is resumed, and may be asked for twice', async () => {
    const admin = anAdmin();
    for (const tenant of ['acme', 'other', 'acme']) await suspendTenant(admin, tenant);
    const lines = async () => (await admin.store.list()).map((entry) => describeEntry(entry, 0));
    expect(await lines()).toEqual(['suspended  acme\nsuspended  other']);
    await resumeTenant(admin, 'acme');
    expect(await lines()).toEqual(['suspended  other']);
    await resumeTenant(admin, 'other');
    expect(await lines()).toEqual(['suspended  nobody']);
  });

  test('has the jobs of a tenant held at once, and says if it could not', async () => {
    const [admin, pauses] = [anAdmin(), somePauses()];
    await suspendTenant(admin, 'acme');
    expect(await holdSuspendedNow(admin, { pauses, by: 'local:me' })).toBe(true);
    expect([...pauses.pauses]).toEqual([['suspended:acme', { at: 0, by: 'local:me' }]]);
    await resumeTenant(admin, 'acme');
    pauses.records.before = () => {
      throw new StoreUnavailableError('no right');
    };
    expect(await holdSuspendedNow(admin, { pauses, by: 'local:me' })).toBe(false);
    pauses.records.before = () => undefined;
    expect(await holdSuspendedNow(admin, { pauses, by: 'local:me' })).toBe(true);
    expect(pauses.pauses.get('suspended:acme')).toMatchObject({ resumedAt: 0, resumedBy: 'local:me' });
  });

  test('a tenant that is not suspended cannot be resumed', async () => {
    const admin = anAdmin();
    const refusal = new AccessCommandError('The tenant acme is not suspended.');
    await expect(resumeTenant(admin, 'acme')).rejects.toEqual(refusal);
    await suspendTenant(admin, 'other');
    await expect(resumeTenant(admin, 'acme')).rejects.toEqual(refusal);
  });

  test('has room for two thousand names of the maximum length, and is refused beyond 300 KB', async () => {
    const admin = anAdmin();
    const nameOf = (index: number) => String(index).padEnd(128, 'x');
    for (let index = 0; index < 2_400; index += 1) await admin.store.changeSuspended('ADD', nameOf(index));
    await expect(suspendTenant(admin, nameOf(2_400))).rejects.toThrow(
      /^The list of suspended tenants has no room for 2400x+: 2400 tenants are in it/,
    );
    await suspendTenant(admin, nameOf(7));
    await resumeTenant(admin, nameOf(7));
    await suspendTenant(admin, nameOf(2_400));
  });
});
