import { beforeEach, expect, test } from '@jest/globals';
import { describeEntry } from '../../../../infra/access/describe-entry.ts';
import { mapRole, rotateDerivedKey, unmapRole } from '../../../../infra/access/manage-stage.ts';
import { writeRootSecret } from '../../../../infra/access/root-secret.ts';
import { rootEntry } from '../../../../shared/job/access-entry.ts';
import { InMemoryAccessAdminStore } from '../../../set-ups/in-memory-access-admin-store.ts';

let store: InMemoryAccessAdminStore;
beforeEach(() => {
  store = new InMemoryAccessAdminStore();
});
const admin = () => ({ store, now: () => 1000 });

test('the root secret has 32 random bytes, and all versions are 1', async () => {
  expect(await writeRootSecret(store, 1000)).toBe(true);
  const { secret, ...rest } = rootEntry.parse(await store.read('root'));
  expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
  const versions = { grant: 1, cookie: 1, cursor: 1, webhook: 1 };
  expect(rest).toEqual({ id: 'root', kind: 'root', versions, createdAt: 1000 });
  const other = new InMemoryAccessAdminStore();
  await writeRootSecret(other, 1000);
  expect(rootEntry.parse(await other.read('root')).secret).not.toBe(secret);
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

test('the root entry is described without its secret', async () => {
  await writeRootSecret(store, 1000);
  const entry = rootEntry.parse(await store.read('root'));
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
