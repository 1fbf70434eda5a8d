import { hash, randomUUID } from 'node:crypto';
import {
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type AccessAdminStore, DynamoDbAccessAdminStore } from '../../infra/access/admin-store.ts';
import { credentials, region } from '../../local/local-aws.ts';
import { dynamoDbAccessStore } from '../../shared/aws/records/access-store.ts';
import { fromAttributes, toAttributes } from '../../shared/aws/records/attribute-value.ts';
import { dynamoDbRecords } from '../../shared/aws/records/records.ts';
import {
  type AccessEntry,
  type KeyEntry,
  keyEntryId,
  webhookEntryId,
} from '../../shared/domain/access/access-entry.ts';
import { type EndedCredentials, endedCredentialsIn } from '../../shared/domain/access/ended-credentials.ts';
import type { AccessStore } from '../../shared/domain/access/ports.ts';
import { StoreUnavailableError } from '../../shared/domain/base/errors.ts';
import { InMemoryAccessStore } from '../../testkit/fakes/in-memory-access-store.ts';
import { InMemoryRecords } from '../../testkit/fakes/in-memory-records.ts';
import type { LocalAws } from '../local-aws.ts';
import {
  aKey,
  aKeyEntry,
  aLinksEntry,
  aRoleEntry,
  aRootSecretEntry,
  aTenantEntry,
  aWebhookKeyEntry,
} from '../set-ups/access.ts';
import { InMemoryAccessAdminStore } from '../set-ups/in-memory-access-admin-store.ts';
import { testedDynamoDbClient } from './lean/tested-clients.ts';
import { newLocalAws } from './shared-services.ts';

interface Table {
  readonly store: AccessStore;
  /** Writes an entry as a command of an operator does. */
  put(entry: AccessEntry): Promise<void>;
}

/** What the in-memory table and the adapter must have in common. */
function describeAccessStore(name: string, table: () => Table): void {
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
        }),
      ],
      ['a role', aRoleEntry('a-role')],
      ['the root secret', aRootSecretEntry()],
      ['the secret of links', aLinksEntry()],
      ['the list of suspended tenants', { id: 'suspended', kind: 'suspended', tenants: new Set(['a', 'b']) }],
      [
        'a rotation of a webhook secret',
        {
          id: webhookEntryId('a tenant'),
          kind: 'webhook',
          tenant: 'a tenant',
          ...{ version: 2, before: 1, previousUntil: 1_800_000_000_000 },
          endpoints: [{ address: 'https://a.example/b', version: 3, before: 2, previousUntil: 5 }],
        },
      ],
      ['the key of webhooks', aWebhookKeyEntry()],
      ['a tenant', aTenantEntry('a tenant', ['example.com', 'jane@example.org'])],
      ['a tenant of which nothing is said', aTenantEntry('another tenant')],
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

    test('reads of an entry what it knows, and ignores what a later version has added', async () => {
      const entry = aTenantEntry('a tenant of tomorrow', ['example.com']);
      const later = { ...entry, limits: { running: 5 }, suspendedAt: 1_700_000_000_000 };
      await table().put(later);
      expect(await read(entry.id)).toEqual(entry);
    });

    test('finds nothing under an id that has no entry', async () => {
      expect(await read(keyEntryId('z'.repeat(12)))).toBeUndefined();
    });
  });
}

let aws: LocalAws;
/** What every EndedCredentials does. */
function describeEndedCredentials(name: string, getSessions: () => EndedCredentials): void {
  describe(`${name} as EndedCredentials`, () => {
    test('has what was ended, however often, and nothing else', async () => {
      const [session, other] = [randomUUID(), randomUUID()];
      expect(await getSessions().has(session)).toBe(false);
      for (const until of [1_800_000_000, 1_800_000_000]) await getSessions().add(session, until);
      expect([await getSessions().has(session), await getSessions().has(other)]).toEqual([true, false]);
    });
  });
}

const storeOf = (client: DynamoDBClient) => dynamoDbAccessStore(client, aws.env);

describe('access store', () => {
  const fake = new InMemoryAccessStore();
  describeAccessStore('InMemoryAccessStore', () => ({ store: fake, put: async (entry) => fake.put(entry) }));
  beforeAll(async () => {
    aws = await newLocalAws();
  });
  afterAll(() => aws.stop());
  describeAccessStore('dynamoDbAccessStore', () => ({
    store: storeOf(aws.dynamoDb),
    put: (entry: AccessEntry) => aws.putAccess(entry),
  }));

  const inMemory = endedCredentialsIn(new InMemoryRecords());
  describeEndedCredentials('InMemoryEndedCredentials', () => inMemory);
  describeEndedCredentials('dynamoDbEndedCredentials', () =>
    endedCredentialsIn(dynamoDbRecords(aws.dynamoDb, aws.env)),
  );

  test('dynamoDbEndedCredentials keeps a hash of a session until an hour after its end, by any clock, where no list of jobs finds it', async () => {
    await endedCredentialsIn(dynamoDbRecords(aws.dynamoDb, aws.env)).add('a session', 1_800_000_000);
    const { Items = [] } = await aws.dynamoDb.send(new ScanCommand({ TableName: aws.tableName }));
    const id = `ended-credential/${hash('sha256', 'a session', 'base64url')}`;
    expect(Items.map(fromAttributes)).toContainEqual({ id, expiresAt: 1_800_003_600 });
  });

  test('dynamoDbAccessStore refuses an entry that is not whole', async () => {
    const Item = toAttributes({ id: 'key/broken', kind: 'key', tenant: 'a tenant' });
    await aws.dynamoDb.send(new PutItemCommand({ TableName: aws.accessTableName, Item }));
    await expect(storeOf(aws.dynamoDb).read('key/broken')).rejects.toThrow();
  });

  test('dynamoDbAccessStore throws a StoreUnavailableError if the table cannot be reached', async () => {
    const client = testedDynamoDbClient({
      endpoint: 'http://127.0.0.1:1',
      region,
      credentials,
      maxAttempts: 1,
    });
    await expect(storeOf(client).read('root')).rejects.toThrow(StoreUnavailableError);
    const sessions = endedCredentialsIn(dynamoDbRecords(client, aws.env));
    await expect(sessions.has('a session')).rejects.toThrow(StoreUnavailableError);
    await expect(sessions.add('a session', 1)).rejects.toThrow(StoreUnavailableError);
    client.destroy();
  });
});

const aStoredKey = (): KeyEntry => ({
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
function describeAccessAdminStore(
  name: string,
  getStore: () => AccessAdminStore,
  /** All that is stored under an id. */
  whole: (id: string) => Promise<unknown>,
): void {
  describe(name, () => {
    test('reads an entry that was created, and nothing under another id', async () => {
      const entry = aStoredKey();
      expect(await getStore().create(entry)).toBe(true);
      expect(await getStore().read(entry.id)).toEqual(entry);
      expect(await getStore().read(`${entry.id}x`)).toBeUndefined();
    });

    test('does not create an entry over another one', async () => {
      const entry = aStoredKey();
      await getStore().create(entry);
      expect(await getStore().create({ ...entry, tenant: 'other' })).toBe(false);
      expect(await getStore().read(entry.id)).toEqual(entry);
    });

    test('updates an entry: what the change adds, replaces and drops, and nothing else', async () => {
      const entry = aStoredKey();
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
      const entry = aStoredKey();
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
      const entry = aStoredKey();
      expect(await getStore().update(entry.id, revoked)).toBeUndefined();
      expect(await getStore().read(entry.id)).toBeUndefined();
      await getStore().create(entry);
      const failing = getStore().update(entry.id, () => {
        throw new RangeError('no');
      });
      await expect(failing).rejects.toThrow(RangeError);
      expect(await getStore().read(entry.id)).toEqual(entry);
    });

    test('an update keeps what a later version has added, which it does not know', async () => {
      const entry = aTenantEntry(randomUUID(), ['example.com']);
      const later = { ...entry, limits: { running: 5 } };
      await getStore().create(later);
      await getStore().update(entry.id, (found) => ({ ...found, ...aTenantEntry(entry.tenant, []) }));
      expect(await getStore().read(entry.id)).toEqual({ ...entry, mailTo: [] });
      expect(await whole(entry.id)).toMatchObject({ ...later, mailTo: [] });
    });

    test('removes an entry once', async () => {
      const entry = aStoredKey();
      await getStore().create(entry);
      expect(await getStore().remove(entry.id)).toBe(true);
      expect(await getStore().remove(entry.id)).toBe(false);
      expect(await getStore().read(entry.id)).toBeUndefined();
    });

    test('keeps what commands have done, the latest first, and lists none of that as an entry', async () => {
      const line = (second: number) => ({
        id: `audit/2026-11-25T10:00:0${second}.000Z/a`,
        kind: 'audit' as const,
        at: Date.UTC(2026, 10, 25, 10, 0, second),
        by: 'arn:aws:sts::111122223333:assumed-role/admin/jane',
        command: 'create',
        entry: 'key/4fTq0sJx2LmN',
        ...(second === 1 ? { tenant: 'acme' } : {}),
      });
      for (const second of [1, 3, 2]) await getStore().addAudit(line(second));
      expect(await getStore().audits()).toEqual([line(3), line(2), line(1)]);
      expect((await getStore().list()).filter(({ id }) => id.startsWith('audit/'))).toEqual([]);
    });

    test('lists every entry, ordered by id', async () => {
      const entries = [aStoredKey(), aStoredKey(), aStoredKey()];
      for (const entry of entries) await getStore().create(entry);
      const ids = (await getStore().list()).map(({ id }) => id);
      expect(ids).toEqual([...ids].sort());
      expect(ids).toEqual(expect.arrayContaining(entries.map(({ id }) => id)));
    });

    test('the list of suspended tenants takes and gives back tenants, also at the same time, and may be empty', async () => {
      const suspended = async () => {
        const entry = await getStore().read('suspended');
        return entry?.kind === 'suspended' ? [...(entry.tenants ?? [])].sort() : undefined;
      };
      expect(await suspended()).toBeUndefined();
      await Promise.all(['a', 'b', 'b', 'ü'].map((name) => getStore().changeSuspended('ADD', name)));
      expect(await suspended()).toEqual(['a', 'b', 'ü']);
      await Promise.all(['a', 'b', 'c', 'ü'].map((name) => getStore().changeSuspended('DELETE', name)));
      expect(await suspended()).toEqual([]);
      expect((await getStore().list()).map(({ id }) => id)).toContain('suspended');
    });
  });
}

let TableName: string;
let client: DynamoDBClient;
let adminStore: AccessAdminStore;
const otherWrite = {
  UpdateExpression: 'SET expiresAt = :time',
  ExpressionAttributeValues: { ':time': { N: '3' } },
};

describe('access admin store', () => {
  const fake = new InMemoryAccessAdminStore();
  describeAccessAdminStore(
    'InMemoryAccessAdminStore',
    () => fake,
    async (id) => fake.items.get(id),
  );
  beforeAll(async () => {
    aws = await newLocalAws();
    client = aws.dynamoDb;
    TableName = aws.accessTableName;
    adminStore = new DynamoDbAccessAdminStore(client, TableName);
  });
  afterAll(() => aws.stop());
  describeAccessAdminStore(
    'DynamoDbAccessAdminStore',
    () => adminStore,
    async (id) => {
      const { Item = {} } = await client.send(new GetItemCommand({ TableName, Key: { id: { S: id } } }));
      return fromAttributes(Item);
    },
  );

  test('an update keeps what somebody else writes between its read and its write', async () => {
    const id = 'key/changed';
    await adminStore.create({
      id,
      kind: 'key',
      tenant: 't',
      rights: [],
      createdAt: 1,
      secrets: [{ sha256: 'a'.repeat(64) }],
    });
    let isFirst = true;
    client.middlewareStack.add(
      (next) => async (args) => {
        const isUpdate = 'UpdateExpression' in args.input;
        if (isUpdate && isFirst) {
          isFirst = false;
          await client.send(new UpdateItemCommand({ TableName, Key: { id: { S: id } }, ...otherWrite }));
        }
        return next(args);
      },
      { step: 'initialize', name: 'changeMeanwhile' },
    );
    await adminStore.update(id, (key) => ({ ...key, createdAt: 2 }));
    client.middlewareStack.remove('changeMeanwhile');
    expect(await adminStore.read(id)).toMatchObject({ createdAt: 2, expiresAt: 3 });
  });

  test('a table that is not there, and an entry of another shape, are named', async () => {
    const missing = new DynamoDbAccessAdminStore(client, 'nowhere');
    await expect(missing.read('root')).rejects.toThrow('there is no table nowhere');
    await client.send(new PutItemCommand({ TableName, Item: { id: { S: 'key/odd' }, kind: { S: 'key' } } }));
    await expect(adminStore.read('key/odd')).rejects.toThrow('the entry key/odd cannot be read');
  });
});
