import { randomBytes } from 'node:crypto';
import { ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from '@jest/globals';
import { AccessTableError } from '../../../../infra/access/admin-store.ts';
import { importRootSecret } from '../../../../infra/access/import-root-secret.ts';
import { isDeployedRootSecretLost, isRootSecretLost } from '../../../../infra/access/lost-root-secret.ts';
import { createKey } from '../../../../infra/access/manage-keys.ts';
import { writeLinksSecret, writeRootSecret } from '../../../../infra/access/root-secret.ts';
import {
  openRootSecret,
  readRootSecretFile,
  sealRootSecret,
} from '../../../../infra/access/root-secret-file.ts';
import { type RootSecretEntry, rootSecretEntry } from '../../../../shared/domain/access/access-entry.ts';
import { InMemoryAccessAdminStore } from '../../../set-ups/in-memory-access-admin-store.ts';

const now = Date.parse('2026-11-30T10:00:00Z');
const passphrase = 'correct horse battery staple';

async function newRoot(): Promise<RootSecretEntry> {
  const store = new InMemoryAccessAdminStore();
  await writeRootSecret(store, now);
  return rootSecretEntry.parse(await store.read('root'));
}

describe('the file of a root secret', () => {
  const root: RootSecretEntry = {
    id: 'root',
    kind: 'root',
    secret: randomBytes(32).toString('base64url'),
    versions: { grant: 3, cookie: 1, cursor: 2, webhook: 1 },
    createdAt: now,
  };
  // Each key takes some tenths of a second.
  const text = sealRootSecret({ root, stage: 'prod', now }, passphrase);
  const other = readRootSecretFile(sealRootSecret({ root, stage: 'dev', now: now + 1 }, passphrase));

  test('has the whole entry, for a reader that knows the passphrase', () => {
    expect(text).not.toContain(root.secret);
    const file = readRootSecretFile(text);
    expect(file).toMatchObject({ version: 1, stage: 'prod', exportedAt: '2026-11-30T10:00:00.000Z' });
    expect(openRootSecret(file, passphrase)).toEqual(root);
  });

  test('is another one each time, also of the same secret', () => {
    const file = readRootSecretFile(text);
    for (const name of ['salt', 'iv', 'encrypted', 'tag'] as const) expect(file[name]).not.toBe(other[name]);
  });

  test('takes a letter with an accent as any keyboard writes it', () => {
    const file = readRootSecretFile(sealRootSecret({ root, stage: 'prod', now }, 'schl\u00fcsselwort'));
    expect(openRootSecret(file, 'schlu\u0308sselwort')).toEqual(root);
  });

  test('opens with no other passphrase, and not if anything in it was changed', () => {
    const file = readRootSecretFile(text);
    const wrong = /^The passphrase is wrong, or the file was changed\.$/;
    expect(() => openRootSecret(file, `${passphrase} `)).toThrow(wrong);
    for (const name of ['stage', 'encrypted', 'tag'] as const)
      expect(() => openRootSecret({ ...file, [name]: other[name] }, passphrase)).toThrow(wrong);
  });

  test.each([
    ['no JSON', () => text.slice(1)],
    ['a later version', () => text.replace('"version": 1', '"version": 2')],
    ['a member more', () => text.replace('{', '{ "more": 1,')],
    ['a short tag', () => text.replace(/"tag": "[^"]*/, '"tag": "AAAA')],
    ['a bare root entry', () => '{"id": "root", "kind": "root"}'],
  ])('is refused with %s', (_what, changed) => {
    expect(() => readRootSecretFile(changed())).toThrow('none that `keys export-root` has written');
  });

  test('is not made with a short passphrase', () => {
    expect(() => sealRootSecret({ root, stage: 'prod', now }, 'short')).toThrow('at least 12 characters');
  });
});

describe('import root', () => {
  const given = async (more: object = {}) => ({
    ...{ root: await newRoot(), from: 'prod', to: 'prod', mayReplace: false },
    ...more,
  });

  test('writes it where there is none, and leaves later versions of derived keys alone', async () => {
    const store = new InMemoryAccessAdminStore();
    const request = await given();
    expect(await importRootSecret(store, request)).toBe('written');
    const rotated = { ...request.root, versions: { ...request.root.versions, grant: 2 } };
    await store.update('root', () => rotated);
    expect(await importRootSecret(store, request)).toBe('there');
    expect(await store.read('root')).toEqual(rotated);
  });

  test('replaces another one only if that is said', async () => {
    const store = new InMemoryAccessAdminStore();
    await writeRootSecret(store, now);
    const before = await store.read('root');
    const request = await given();
    await expect(importRootSecret(store, request)).rejects.toThrow('The stage prod has another root secret.');
    expect(await store.read('root')).toEqual(before);
    expect(await importRootSecret(store, { ...request, mayReplace: true })).toBe('replaced');
    expect(await store.read('root')).toEqual(request.root);
  });

  test('takes that of another stage only if that is said', async () => {
    const store = new InMemoryAccessAdminStore();
    const request = await given({ from: 'dev' });
    await expect(importRootSecret(store, request)).rejects.toThrow('the root secret of the stage dev');
    expect(await store.read('root')).toBeUndefined();
    expect(await importRootSecret(store, { ...request, mayReplace: true })).toBe('written');
  });
});

describe('a root secret is lost', () => {
  const [some, none] = [async () => true, async () => false];

  test('if it is not there, and a job or a key is', async () => {
    const store = new InMemoryAccessAdminStore();
    expect(await isRootSecretLost({ store, hasJobs: none })).toBe(false);
    // A deployment may have failed before it wrote the root secret.
    await writeLinksSecret(store, now);
    expect(await isRootSecretLost({ store, hasJobs: none })).toBe(false);
    expect(await isRootSecretLost({ store, hasJobs: some })).toBe(true);
    await createKey({ store, now: () => now }, { tenant: 'acme', rights: ['read'], expiresAt: undefined });
    expect(await isRootSecretLost({ store, hasJobs: none })).toBe(true);
    await writeRootSecret(store, now);
    expect(await isRootSecretLost({ store, hasJobs: some })).toBe(false);
  });

  test('not of a stage that is not there yet; and another error is no answer', async () => {
    const failing = (cause: unknown) => ({
      read: async () => Promise.reject(new AccessTableError('no', { cause })),
      list: async () => [],
    });
    const missing = new ResourceNotFoundException({ message: 'no', $metadata: {} });
    expect(await isDeployedRootSecretLost({ store: failing(missing), hasJobs: none })).toBe(false);
    const denied = isDeployedRootSecretLost({ store: failing(new Error('denied')), hasJobs: none });
    await expect(denied).rejects.toThrow(AccessTableError);
  });
});
