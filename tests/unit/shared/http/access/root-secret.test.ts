import { createHmac, hkdfSync, type KeyObject } from 'node:crypto';
import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { rotateDerivedKey } from '../../../../../infra/access/manage-stage.ts';
import { writeWebhookKey } from '../../../../../infra/access/root-secret.ts';
import { rotateWebhookSecret } from '../../../../../infra/access/rotate-webhook-secret.ts';
import {
  type AccessEntry,
  derivedKeys,
  rootSecretId,
  webhookEntryId,
} from '../../../../../shared/domain/access/access-entry.ts';
import { maxRotatedEndpoints, nextVersionOf } from '../../../../../shared/domain/access/webhook-versions.ts';
import {
  RootSecretMissingError,
  StoreUnavailableError,
  WebhookKeyMissingError,
} from '../../../../../shared/domain/base/errors.ts';
import { derivedKey } from '../../../../../shared/http/access/derived-key.ts';
import { grantFor, readGrant } from '../../../../../shared/http/access/grant.ts';
import { RootSecret } from '../../../../../shared/http/access/root-secret.ts';
import { webhookSecrets } from '../../../../../shared/http/access/webhook-secrets.ts';
import { signWebhook } from '../../../../../shared/notify/send-webhook.ts';
import { FixedClock, t0 } from '../../../../../testkit/fakes/fixed.ts';
import { InMemoryAccessStore } from '../../../../../testkit/fakes/in-memory-access-store.ts';
import { recordedLog } from '../../../../../testkit/fakes/recorded-log.ts';
import { aRootSecretEntry } from '../../../../set-ups/access.ts';
import { InMemoryAccessAdminStore } from '../../../../set-ups/in-memory-access-admin-store.ts';
import { aNotification } from '../../../../set-ups/notify.ts';
import { anId, aQueuedItem, dayMs, jobId } from '../../../../set-ups/samples.ts';

const root = aRootSecretEntry();

function aRootSecret(...entries: readonly AccessEntry[]) {
  const table = new InMemoryAccessStore();
  table.put(...entries);
  const faults: { isDown: boolean } = { isDown: false };
  const store = {
    read: (id: string) =>
      faults.isDown ? Promise.reject(new StoreUnavailableError('down')) : table.read(id),
  };
  const clock = new FixedClock();
  const log = recordedLog();
  return { secret: new RootSecret({ store, clock, log, stage: 'prod' }), table, faults, clock, log };
}

describe('RootSecret', () => {
  test('is read once within 50 seconds, also by requests that come at the same time', async () => {
    const { secret, table, clock } = aRootSecret(root);
    expect(await Promise.all([secret.read(), secret.read(), secret.read()])).toEqual([root, root, root]);
    await clock.advance(49_999);
    expect(await secret.read()).toEqual(root);
    expect(table.reads).toEqual([rootSecretId]);
  });

  test('has its new versions within a minute', async () => {
    const { secret, table, clock } = aRootSecret(root);
    await secret.read();
    const raised = aRootSecretEntry({ versions: { ...root.versions, grant: 2 } });
    table.put(raised);
    await clock.advance(50_000);
    expect(await secret.read()).toEqual(raised);
  });

  test.each(['table cannot be reached', 'entry is gone'])(
    'stays as it is known if the %s, which is logged, and is looked at again after a minute',
    async (what) => {
      const { secret, table, faults, clock, log } = aRootSecret(root);
      await secret.read();
      faults.isDown = what === 'table cannot be reached';
      table.entries.clear();
      await clock.advance(50_000);
      expect(await secret.read()).toEqual(root);
      expect(await secret.read()).toEqual(root);
      expect(log.lines).toMatchObject([{ level: 'warn', message: 'root secret not refreshed' }]);
      faults.isDown = false;
      const raised = aRootSecretEntry({ versions: { ...root.versions, cookie: 2 } });
      table.put(raised);
      await clock.advance(50_000);
      expect(await secret.read()).toEqual(raised);
    },
  );

  test('that was never written is an error that says what to run, and is looked for by the next request', async () => {
    const { secret, table } = aRootSecret();
    await expect(secret.read()).rejects.toThrow(
      new RootSecretMissingError(
        'the access table has no root secret; run: npm run keys -- init --stage prod',
      ),
    );
    table.put(root);
    expect(await secret.read()).toEqual(root);
  });

  test('that could not be read yet is an error, and is looked for by the next request', async () => {
    const { secret, faults } = aRootSecret(root);
    faults.isDown = true;
    await expect(secret.read()).rejects.toThrow(StoreUnavailableError);
    faults.isDown = false;
    expect(await secret.read()).toEqual(root);
  });
});

const raised = aRootSecretEntry({ versions: { grant: 2, cookie: 2, cursor: 2, webhook: 2 } });

describe('derivedKey', () => {
  const hexOf = (key: KeyObject): string => key.export().toString('hex');

  test('has 32 bytes, and another value for each purpose, version and tenant', () => {
    const keys = [
      derivedKey(root, 'jobId'),
      ...derivedKeys.flatMap((purpose) => [derivedKey(root, purpose), derivedKey(raised, purpose)]),
      derivedKey(root, 'webhook', 'a tenant'),
      derivedKey(root, 'webhook', 'another tenant'),
      derivedKey(aRootSecretEntry({ secret: 'x'.repeat(43) }), 'jobId'),
    ];
    for (const key of keys) expect(key.export()).toHaveLength(32);
    expect(new Set(keys.map(hexOf)).size).toBe(keys.length);
  });

  test('is the same each time', () => {
    expect(derivedKey(root, 'grant')).toBe(derivedKey(root, 'grant'));
    const again = derivedKey(aRootSecretEntry(), 'webhook', 'a tenant');
    expect(hexOf(derivedKey(root, 'webhook', 'a tenant'))).toBe(hexOf(again));
  });

  // Another derivation would make new jobs of repeated submissions, and end all links, on an update of the code.
  test('is that of HKDF with SHA-256, as it was deployed first', () => {
    const secret = Buffer.from(root.secret, 'base64url');
    const expected = hkdfSync('sha256', secret, 'serverless-job-worker', 'grant/2', 32);
    expect(derivedKey(raised, 'grant').export()).toEqual(Buffer.from(expected));
    expect(hexOf(derivedKey(root, 'jobId'))).toBe(
      '29fecafcb2e30c008e43dd7323436b1b272f0c71fbd5b49ee997e39186c19b7b',
    );
  });

  test('for job ids never changes', () => {
    expect(hexOf(derivedKey(raised, 'jobId'))).toBe(hexOf(derivedKey(root, 'jobId')));
  });

  test.each(['', '/', 'é'.repeat(5_000)])('takes any text as a tenant: %.10s', (tenant) => {
    expect(hexOf(derivedKey(root, 'webhook', tenant))).not.toBe(hexOf(derivedKey(root, 'webhook')));
  });
});

const granting = { root, retentionDays: 30 };
const job = aQueuedItem();
const grant = grantFor(job, granting);
const isGood = (text: string, over: { id?: string; root?: typeof root; now?: number } = {}) =>
  readGrant(text, { id: jobId, root, now: t0, ...over }) !== undefined;

/** The last day on which the grant is valid, since 1970. */
const lastDayOf = (text: string) => Number(text.split('.')[0]);
const createdDay = Math.floor(job.createdAt / dayMs);

describe('a grant', () => {
  test('lets its holder look at the job from its creation until a job of 14 days has been kept for its time', () => {
    expect(isGood(grant, { now: job.createdAt })).toBe(true);
    const lastDay = (createdDay + 14 + 30) * dayMs;
    expect(isGood(grant, { now: lastDay + dayMs - 1 })).toBe(true);
    expect(isGood(grant, { now: lastDay + 2 * dayMs })).toBe(false);
  });

  test('of a job that is due in a year lasts until that job has been kept for its time', () => {
    const runAt = job.createdAt + 365 * dayMs;
    const early = grantFor({ ...job, runAt }, granting);
    expect(lastDayOf(early)).toBeGreaterThanOrEqual(createdDay + 365 + 30);
    expect(grantFor({ ...job, runAt, updatedAt: runAt + dayMs }, granting)).toBe(early);
  });

  test('is text that an address can hold, and names neither tenant nor job', () => {
    expect(grant).toMatch(/^\d+\.[\da-z]+\.[\w-]{43}$/);
    expect(grantFor({ ...job, tenant: 'another' } as typeof job, granting)).toBe(grant);
  });

  test('says when its job was created, so that it opens no later job of the same idempotency key', () => {
    const { createdAt } = job;
    expect(readGrant(grant, { id: jobId, root, now: t0 })).toEqual({
      createdAt,
      expiresAt: expect.any(Number),
    });
    expect(grantFor({ ...job, createdAt: createdAt + 1 }, granting)).not.toBe(grant);
  });

  test('of before, which says no creation, is good until it expires', () => {
    const day = createdDay + 45;
    const signature = createHmac('sha256', derivedKey(root, 'grant')).update(`${jobId}/${day}`);
    const before = `${day}.${signature.digest('base64url')}`;
    expect(readGrant(before, { id: jobId, root, now: t0 })).toEqual({ expiresAt: expect.any(Number) });
    expect(isGood(before, { id: anId(1) })).toBe(false);
    expect(isGood(before, { now: (day + 1) * dayMs })).toBe(false);
  });

  test.each([1, 7, 15])('is the same for a job that was written to %d days later', (days) => {
    expect(grantFor({ ...job, updatedAt: job.updatedAt + days * dayMs }, granting)).toBe(grant);
  });

  test.each([16, 45, 60, 366])(
    'of a job that still runs after %d days lasts as long as it is kept',
    (days) => {
      const later = grantFor({ ...job, updatedAt: job.updatedAt + days * dayMs }, granting);
      expect(lastDayOf(later)).toBeGreaterThanOrEqual(createdDay + days + 30);
      expect((lastDayOf(later) - createdDay) % 45).toBe(0);
      expect(isGood(later)).toBe(true);
    },
  );

  test.each([
    ['for another creation', grant.replace(/\.\w+\./, `.${(job.createdAt + 1).toString(36)}.`)],
    ['that leaves out the creation', grant.replace(/\.\w+\./, '.')],
    ['for another job', grantFor({ ...job, id: anId(1) }, granting)],
    ['without its last character', grant.slice(0, -1)],
    ['without its first character', grant.slice(1)],
    ['without its signature', `${lastDayOf(grant)}.`],
    ['without a day', grant.slice(grant.indexOf('.'))],
    ['with a later day', grant.replace(/^\d+/, String(lastDayOf(grant) + 1))],
    ['with the same day in other digits', `0${grant}`],
    ['with another signature', `${grant.slice(0, -2)}AA`],
    ['with a space', `${grant} `],
    ['with a line end', `${grant}\n`],
    ['that is sent twice', `${grant},${grant}`],
    [
      'of another root secret',
      grantFor(job, { ...granting, root: aRootSecretEntry({ secret: 'x'.repeat(43) }) }),
    ],
    ['that is empty', ''],
    ['that is long', '1.'.repeat(100_000)],
  ])('%s is refused', (_what, text) => {
    expect(isGood(text)).toBe(false);
  });

  // 43 characters of base64url have room for 258 bits.
  test('is refused if its last character is another one for the same bytes', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const last = alphabet.indexOf(grant.slice(-1));
    const same = `${grant.slice(0, -1)}${alphabet[last ^ 1]}`;
    expect(Buffer.from(same.split('.')[1] ?? '', 'base64url')).toEqual(
      Buffer.from(grant.split('.')[1] ?? '', 'base64url'),
    );
    expect(isGood(same)).toBe(false);
  });

  test('is good for one job', () => {
    expect(isGood(grant, { id: anId(1) })).toBe(false);
    expect(isGood(grant, { id: `${jobId}/1` })).toBe(false);
  });

  test('ends when the version of its key is raised, and with no other', () => {
    const raised = (versions: Partial<typeof root.versions>) =>
      isGood(grant, { root: aRootSecretEntry({ versions: { ...root.versions, ...versions } }) });
    expect(raised({ cookie: 2, cursor: 2, webhook: 2 })).toBe(true);
    expect(raised({ grant: 2 })).toBe(false);
  });
});

const [hook, otherHook] = ['https://hooks.example.com/jobs', 'https://hooks.example.com/other'];
let entries: InMemoryAccessAdminStore;
const secretsOf = (tenant: string, { now = t0, address = hook } = {}) =>
  webhookSecrets({ tenant, address }, { entries, now });
const rotate = (tenant: string, { at = t0, address }: { at?: number; address?: string } = {}) =>
  rotateWebhookSecret({ store: entries, now: () => at }, { tenant, address, graceMs: dayMs });

const admin = () => ({
  read: (id: string) => entries.read(id),
  list: () => entries.list(),
  remove: (id: string) => entries.remove(id),
});

describe('the webhook secret of an endpoint', () => {
  beforeEach(async () => {
    entries = new InMemoryAccessAdminStore();
    await entries.create(aRootSecretEntry());
    await writeWebhookKey(entries);
  });

  test('is one of Standard Webhooks: 32 bytes, that its library takes', async () => {
    const { secret } = await secretsOf('acme');
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(() => new Webhook(secret)).not.toThrow();
  });

  // Another derivation would make every receiver refuse every webhook.
  test('is what it was when it was deployed first', async () => {
    expect(await secretsOf('acme')).toEqual(await secretsOf('acme'));
    expect((await secretsOf('acme')).secret).toBe('whsec_fitu+63I+lFT8QHCXDrygnmBKsv57n2ahl7lsfDfvtM=');
  });

  test('is that of no other endpoint, tenant, stage, or version of the stage', async () => {
    const secrets = [
      await secretsOf('acme'),
      await secretsOf('acme', { address: otherHook }),
      await secretsOf('acme', { address: `${hook}/` }),
      await secretsOf('acme2'),
    ];
    await rotateDerivedKey({ store: entries, now: () => t0 }, 'webhook');
    secrets.push(await secretsOf('acme'));
    entries = new InMemoryAccessAdminStore();
    await entries.create(aRootSecretEntry({ secret: 'x'.repeat(43) }));
    await writeWebhookKey(entries);
    secrets.push(await secretsOf('acme'));
    expect(new Set(secrets.map(({ secret }) => secret)).size).toBe(6);
  });

  test('lets its receiver forge nothing that another receiver of the tenant takes', async () => {
    const message = aNotification({ target: { url: otherHook } });
    const forged = signWebhook(message, { secrets: [(await secretsOf('acme')).secret], now: Date.now() });
    const verify = async (address: string) =>
      new Webhook((await secretsOf('acme', { address })).secret).verify(forged.body, forged.headers);
    expect(await verify(hook)).toMatchObject({ type: expect.any(String) });
    await expect(verify(otherHook)).rejects.toThrow('No matching signature found');
  });

  test('is not there before the stage has a key for webhooks', async () => {
    await entries.remove('webhook-key');
    await expect(secretsOf('acme')).rejects.toThrow(WebhookKeyMissingError);
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

  test('may be rotated alone: those of the other endpoints stay', async () => {
    const [first, other] = [await secretsOf('acme'), await secretsOf('acme', { address: otherHook })];
    await rotate('acme', { address: hook });
    const { secret, previous } = await secretsOf('acme');
    expect(secret).not.toBe(first.secret);
    expect(previous).toEqual({ secret: first.secret, until: t0 + dayMs });
    expect(await secretsOf('acme', { address: otherHook })).toEqual(other);
  });

  test('after two rotations has the last one before it, whatever was rotated', async () => {
    const ways = [undefined, hook].flatMap((one) => [undefined, hook].map((other) => [one, other] as const));
    for (const [tenant, addresses] of ways.entries()) {
      const known = [(await secretsOf(`${tenant}`)).secret];
      for (const [time, address] of addresses.entries()) {
        await rotate(`${tenant}`, { at: t0 + time, ...(address === undefined ? {} : { address }) });
        const { secret, previous } = await secretsOf(`${tenant}`, { now: t0 + time });
        expect(previous).toEqual({ secret: known.at(-1), until: t0 + time + dayMs });
        known.push(secret);
      }
      expect(new Set(known).size).toBe(3);
    }
  });

  test('is a new one where it was rotated, and else the same, in any order of rotations', async () => {
    const addresses = [hook, otherHook];
    const present = async () =>
      Promise.all(addresses.map(async (address) => (await secretsOf('acme', { address })).secret));
    const inAnyOrder = fc.array(fc.constantFrom(undefined, ...addresses), { maxLength: 12 });
    const property = fc.asyncProperty(inAnyOrder, async (rotations) => {
      await entries.remove(webhookEntryId('acme'));
      const seen = [await present()];
      for (const address of rotations) {
        await rotate('acme', address === undefined ? {} : { address });
        const next = await present();
        const isNew = next.map((secret) => !seen.flat().includes(secret));
        expect(isNew).toEqual(addresses.map((each) => address === undefined || address === each));
        expect(next.filter((_, at) => !isNew[at])).toEqual(seen.at(-1)?.filter((_, at) => !isNew[at]));
        seen.push(next);
      }
    });
    await fc.assert(property, { numRuns: 50 });
  });

  test('of so many endpoints may be rotated alone as the entry has room for', async () => {
    for (let count = 0; count < maxRotatedEndpoints; count += 1)
      await rotate('acme', { address: `${hook}/${count}` });
    await expect(rotate('acme', { address: hook })).rejects.toThrow('Rotate all of them');
    await rotate('acme', { address: `${hook}/7` });
    await rotate('acme');
    await rotate('acme', { address: hook, at: t0 + dayMs });
    expect(await entries.read(webhookEntryId('acme'))).toMatchObject({ endpoints: { length: 1 } });
  });

  test('is rotated once if the answer to the write was lost, and the command writes again', async () => {
    const before = await secretsOf('acme');
    const lossy = {
      ...admin(),
      create: async (entry: Parameters<typeof entries.create>[0]) => {
        await entries.create(entry);
        return false;
      },
      changeSuspended: async () => {},
      update: async (id: string, change: Parameters<typeof entries.update>[1]) => {
        await entries.update(id, change);
        return entries.update(id, change);
      },
    };
    for (const [expected, address] of [
      [2, undefined],
      [3, hook],
      [4, undefined],
    ] as const) {
      await rotateWebhookSecret({ store: lossy, now: () => t0 }, { tenant: 'acme', address, graceMs: dayMs });
      const entry = await entries.read(webhookEntryId('acme'));
      expect(entry?.kind === 'webhook' && nextVersionOf(entry) - 1).toBe(expected);
    }
    expect((await secretsOf('acme')).secret).not.toBe(before.secret);
  });
});
