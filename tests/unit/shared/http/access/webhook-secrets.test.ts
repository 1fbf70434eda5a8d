import { beforeEach, describe, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { rotateWebhookSecret } from '../../../../../infra/access/rotate-webhook-secret.ts';
import { webhookSecrets } from '../../../../../shared/http/access/webhook-secrets.ts';
import { webhookEntryId } from '../../../../../shared/job/access-entry.ts';
import { t0 } from '../../../../../testkit/fakes/fixed.ts';
import { aRootEntry } from '../../../../set-ups/access.ts';
import { InMemoryAccessAdminStore } from '../../../../set-ups/in-memory-access-admin-store.ts';
import { dayMs } from '../../../../set-ups/samples.ts';

let entries: InMemoryAccessAdminStore;
beforeEach(() => {
  entries = new InMemoryAccessAdminStore();
});
const secretsOf = (tenant: string, { now = t0, root = aRootEntry() } = {}) =>
  webhookSecrets(tenant, { root, entries, now });
const rotate = (tenant: string, at = t0) =>
  rotateWebhookSecret({ store: entries, now: () => at }, { tenant, graceMs: dayMs });

describe('the webhook secret of a tenant', () => {
  test('is one of Standard Webhooks: 32 bytes, that its library takes', async () => {
    const { secret } = await secretsOf('acme');
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(() => new Webhook(secret)).not.toThrow();
  });

  // Another derivation would make every receiver refuse every webhook.
  test('is what it was when it was deployed first', async () => {
    expect(await secretsOf('acme')).toEqual(await secretsOf('acme'));
    expect((await secretsOf('acme')).secret).toBe('whsec_WqfXxGxGTtiQ4Y1liMTQX3TKrLh8s/MpvfB40BN2594=');
  });

  test('is that of no other tenant, stage, or version of the stage', async () => {
    const versions = { ...aRootEntry().versions, webhook: 2 };
    const secrets = [
      await secretsOf('acme'),
      await secretsOf('acme2'),
      await secretsOf('acme', { root: aRootEntry({ secret: 'x'.repeat(43) }) }),
      await secretsOf('acme', { root: aRootEntry({ versions }) }),
    ];
    expect(new Set(secrets.map(({ secret }) => secret)).size).toBe(4);
  });

  test('is a new one after a rotation; the one before is known for a day more', async () => {
    const { secret: first } = await secretsOf('acme');
    await rotate('acme');
    const { secret: second, previous } = await secretsOf('acme');
    expect(second).not.toBe(first);
    expect(previous).toEqual({ secret: first, until: t0 + dayMs });
    expect(await secretsOf('acme', { now: t0 + dayMs - 1 })).toEqual({ secret: second, previous });
    expect(await secretsOf('acme', { now: t0 + dayMs })).toEqual({ secret: second });
  });

  test('is rotated for that tenant alone', async () => {
    const before = await secretsOf('other');
    await rotate('acme');
    expect(await secretsOf('other')).toEqual(before);
  });

  test('after two rotations has one before it', async () => {
    const { secret: first } = await secretsOf('acme');
    await rotate('acme');
    const { secret: second } = await secretsOf('acme');
    await rotate('acme', t0 + 1_000);
    const { secret: third, previous } = await secretsOf('acme');
    expect(new Set([first, second, third]).size).toBe(3);
    expect(previous).toEqual({ secret: second, until: t0 + 1_000 + dayMs });
  });

  test('is rotated once if the answer to the write was lost, and the command writes again', async () => {
    const before = await secretsOf('acme');
    const lossy = {
      ...admin(),
      create: async (entry: Parameters<typeof entries.create>[0]) => {
        await entries.create(entry);
        return false;
      },
      update: async (id: string, change: Parameters<typeof entries.update>[1]) => {
        await entries.update(id, change);
        return entries.update(id, change);
      },
    };
    for (const expected of [2, 3]) {
      const entry = await rotateWebhookSecret(
        { store: lossy, now: () => t0 },
        { tenant: 'acme', graceMs: dayMs },
      );
      expect(entry.version).toBe(expected);
    }
    expect((await secretsOf('acme')).secret).not.toBe(before.secret);
    expect(await entries.read(webhookEntryId('acme'))).toMatchObject({ version: 3 });
  });
});

const admin = () => ({
  read: (id: string) => entries.read(id),
  list: () => entries.list(),
  remove: (id: string) => entries.remove(id),
});
