import {
  type KeyEntry,
  keyEntryId,
  type LinksEntry,
  linksId,
  type RoleEntry,
  type RootSecretEntry,
  rights,
  roleEntryId,
  rootSecretId,
  type TenantEntry,
  tenantEntryId,
  type WebhookKeyEntry,
} from '../../shared/domain/access/access-entry.ts';
import { type ApiKey, sha256Of } from '../../shared/domain/access/api-key.ts';
import type { AuthMode } from '../../shared/domain/access/auth-mode.ts';
import { endedCredentialsIn } from '../../shared/domain/access/ended-credentials.ts';
import { peopleAccess } from '../../shared/http/access/people.ts';
import { stageAccess } from '../../shared/http/access/stage-access.ts';
import { FixedClock, t0 } from '../../testkit/fakes/fixed.ts';
import { InMemoryAccessStore } from '../../testkit/fakes/in-memory-access-store.ts';
import { InMemoryRecords } from '../../testkit/fakes/in-memory-records.ts';
import { recordedLog } from '../../testkit/fakes/recorded-log.ts';

/** A key's text has this form for `writeApiKey`. Each letter stands for one key. */
export const aKey = (letter = 'a'): ApiKey => ({ id: letter.repeat(12), secret: letter.repeat(43) });

export const aKeyEntry = ({ id, secret } = aKey(), over: Partial<KeyEntry> = {}): KeyEntry => ({
  id: keyEntryId(id),
  kind: 'key',
  tenant: 'a tenant',
  rights: [...rights],
  createdAt: t0,
  secrets: [{ sha256: sha256Of(secret) }],
  ...over,
});

export const aRoleEntry = (name: string, over: Partial<RoleEntry> = {}): RoleEntry => ({
  id: roleEntryId(name),
  kind: 'role',
  tenant: 'a tenant',
  rights: ['submit', 'read'],
  createdAt: t0,
  ...over,
});

export const aRootSecretEntry = (over: Partial<RootSecretEntry> = {}): RootSecretEntry => ({
  id: rootSecretId,
  kind: 'root',
  secret: Buffer.alloc(32, 'a root secret').toString('base64url'),
  versions: { grant: 1, cookie: 1, cursor: 1, webhook: 1 },
  createdAt: t0,
  ...over,
});

export const aLinksEntry = (over: Partial<LinksEntry> = {}): LinksEntry => ({
  id: linksId,
  kind: 'links',
  secret: Buffer.alloc(32, 'a secret of links').toString('base64url'),
  createdAt: t0,
  ...over,
});

export const aWebhookKeyEntry = (over: Partial<WebhookKeyEntry> = {}): WebhookKeyEntry => ({
  id: 'webhook-key',
  kind: 'webhookKey',
  secret: Buffer.alloc(32, 'a key of webhooks').toString('base64url'),
  version: 1,
  ...over,
});

export const aTenantEntry = (tenant: string, mailTo?: string[]): TenantEntry => ({
  id: tenantEntryId(tenant),
  kind: 'tenant',
  tenant,
  ...(mailTo === undefined ? {} : { mailTo }),
});

/** The access control of a function in a mode, on fakes. Its table has a root secret, and one for links. */
export function anAccess(mode: AuthMode = 'apiKey') {
  const store = new InMemoryAccessStore();
  store.put(aRootSecretEntry(), aLinksEntry(), aWebhookKeyEntry());
  const clock = new FixedClock();
  const log = recordedLog();
  const config = { AUTH: mode, JWT_TENANT_CLAIM: 'sub', STAGE: 'prod' };
  const records = new InMemoryRecords();
  const deps = {
    ...stageAccess(config, { store, clock, log }),
    ended: endedCredentialsIn(records),
  };
  return { deps: { ...deps, people: peopleAccess(deps) }, store, records, clock, log };
}
