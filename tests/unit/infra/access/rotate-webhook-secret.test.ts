import { expect, test } from '@jest/globals';
import { describeEntry } from '../../../../infra/access/describe-entry.ts';
import { rotateWebhookSecret } from '../../../../infra/access/rotate-webhook-secret.ts';
import { InMemoryAccessAdminStore } from '../../../set-ups/in-memory-access-admin-store.ts';

const rotation = { tenant: 'acme', graceMs: 60_000 };

test('a rotation is written, and written anew by the next one', async () => {
  const store = new InMemoryAccessAdminStore();
  const first = await rotateWebhookSecret({ store, now: () => 1000 }, rotation);
  expect(first).toMatchObject({ kind: 'webhook', tenant: 'acme', version: 2, previousUntil: 61_000 });
  await rotateWebhookSecret({ store, now: () => 2000 }, rotation);
  expect(await store.list()).toEqual([{ ...first, version: 3, previousUntil: 62_000 }]);
});

test('a rotation is described with the end of the secret before, until that has come', async () => {
  const store = new InMemoryAccessAdminStore();
  const entry = await rotateWebhookSecret({ store, now: () => 0 }, rotation);
  const line = `${entry.id}  acme  webhook secret 2`;
  expect(describeEntry(entry, 59_999)).toBe(`${line}  the one before until 1970-01-01T00:01Z`);
  expect(describeEntry(entry, 60_000)).toBe(line);
});
