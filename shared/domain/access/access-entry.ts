import * as z from 'zod/mini';
import { tenantKeyOf } from '../base/tenant-key.ts';
import { tenantName } from '../base/tenant-name.ts';
import { type LimitName, limitNames } from './limits.ts';

/** What a credential may allow. `operate` is for the whole stage; none of the others reaches beyond its own tenant. */
export const rights = ['submit', 'read', 'control', 'erase', 'admin', 'operate', 'logs', 'signal'] as const;
export const right = z.enum(rights);
export type Right = z.infer<typeof right>;

/** What each allows, for who gives it to somebody. No function reads that, so no bundle has it. */
export const rightTexts: Readonly<Record<Right, string>> = {
  submit: 'submit jobs, and upload what they need',
  read: 'look at jobs and their results',
  control: 'cancel and retry jobs, also many at once',
  erase: 'erase jobs that have ended; many at once with control, too',
  admin: 'read the webhook secret, and what jobs were given, with secret fields',
  operate: 'of all tenants: see queues and jobs, run and pause schedules, cancel',
  logs: 'read what the handlers of jobs have logged',
  signal: 'answer jobs that wait for somebody',
};

const epochMilliseconds = z.int();

/** One of a key's secrets. A rotated key has two for a time: the new one, and the old one with its end. */
const keySecret = z.object({
  /** SHA-256 of the secret, hex. The secret itself is stored nowhere. */
  sha256: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
  validUntil: z.optional(epochMilliseconds),
});

const holder = {
  tenant: tenantName,
  rights: z.array(right),
  createdAt: epochMilliseconds,
};

/** An API key, under `key/<id>`. */
export const keyEntry = z.object({
  id: z.string(),
  kind: z.literal('key'),
  ...holder,
  secrets: z.array(keySecret).check(z.minLength(1)),
  expiresAt: z.optional(epochMilliseconds),
  revokedAt: z.optional(epochMilliseconds),
});
export type KeyEntry = z.infer<typeof keyEntry>;

/** The caller of `auth: iam`, under `role/<role name>`. */
export const roleEntry = z.object({ id: z.string(), kind: z.literal('role'), ...holder });
export type RoleEntry = z.infer<typeof roleEntry>;

/** What is derived from the root secret with a version of its own, which a leak makes one higher. */
export const derivedKeys = ['grant', 'cookie', 'cursor', 'webhook'] as const;
const version = z.int().check(z.gte(1));

/** The stage's root secret, under `root`: written once, by a conditional put. */
export const rootSecretEntry = z.object({
  id: z.literal('root'),
  kind: z.literal('root'),
  /** 32 random bytes, base64url. */
  secret: z.string().check(z.minLength(43)),
  versions: z.object({ grant: version, cookie: version, cursor: version, webhook: version }),
  createdAt: epochMilliseconds,
});
export type RootSecretEntry = z.infer<typeof rootSecretEntry>;

/**
 * What links are signed with by which people answer jobs, under `links`: a secret of its own. Workers read it, and they
 * read neither the root secret nor a key. A rotation writes another one.
 */
export const linksEntry = z.object({
  id: z.literal('links'),
  kind: z.literal('links'),
  /** 32 random bytes, base64url. */
  secret: z.string().check(z.minLength(43)),
  createdAt: epochMilliseconds,
});
export type LinksEntry = z.infer<typeof linksEntry>;

/**
 * What the secrets of all webhooks are derived from, under `webhook-key`: itself derived from the root secret, which
 * who sends webhooks does not read. A deployment writes the entry, and again after a rotation.
 */
export const webhookKeyEntry = z.object({
  id: z.literal('webhook-key'),
  kind: z.literal('webhookKey'),
  /** 32 bytes, base64url. */
  secret: z.string().check(z.minLength(43)),
  /** That of the root entry. */
  version,
});
export type WebhookKeyEntry = z.infer<typeof webhookKeyEntry>;

/** Which secret is the present one, and until when the one before is good, too. */
const rotated = { version, before: version, previousUntil: epochMilliseconds };

/**
 * That webhook secrets of a tenant were rotated, under `webhook/<tenant's key>`. Without an entry, each is of version
 * 1.
 */
export const webhookEntry = z.object({
  id: z.string(),
  kind: z.literal('webhook'),
  tenant: tenantName,
  /** Of all endpoints together. */
  ...rotated,
  /** Those that were rotated alone since, by their address. Each number is used once a tenant. */
  endpoints: z.optional(z.array(z.object({ address: z.string(), ...rotated }))),
});
export type WebhookEntry = z.infer<typeof webhookEntry>;

/**
 * What the stage knows of a tenant beside its keys, under `tenant/<tenant's key>`: one entry for all facts. Code that
 * does not know a fact leaves it as it is.
 */
export const tenantEntry = z.object({
  id: z.string(),
  kind: z.literal('tenant'),
  /** `*`: what is true of all tenants. */
  tenant: tenantName,
  /** To where the tenant may send mail: addresses, domains, or `*` for every address. */
  mailTo: z.optional(z.array(z.string())),
});
export type TenantEntry = z.infer<typeof tenantEntry>;

/** `none`: there is no limit. */
const ownLimit = z.optional(z.union([z.int().check(z.gte(1)), z.literal('none')]));
const eachLimit = Object.fromEntries(limitNames.map((name) => [name, ownLimit])) as Record<
  LimitName,
  typeof ownLimit
>;
/** The limits of one tenant that differ from those of the stage. */
export const ownLimits = z.object({ tenant: z.string(), ...eachLimit });
export type OwnLimits = z.infer<typeof ownLimits>;

/**
 * All suspended tenants, under `suspended`. DynamoDB has no empty set: with the last tenant the attribute goes. The
 * same entry has the limits of single tenants: each start of work reads it anyway, so a tenant without a limit costs no
 * read.
 */
export const suspendedEntry = z.object({
  id: z.literal('suspended'),
  kind: z.literal('suspended'),
  tenants: z.optional(z.set(z.string())),
  /** Each tenant once. With the last one the attribute goes. */
  limits: z.optional(z.array(ownLimits)),
});
export type SuspendedEntry = z.infer<typeof suspendedEntry>;

/** One item of the access table, whose key is `id`. */
export const accessEntry = z.discriminatedUnion('kind', [
  keyEntry,
  roleEntry,
  rootSecretEntry,
  webhookKeyEntry,
  webhookEntry,
  tenantEntry,
  suspendedEntry,
  linksEntry,
]);
export type AccessEntry = z.infer<typeof accessEntry>;

export const rootSecretId = 'root';
export const suspendedId = 'suspended';
export const linksId = 'links';
export const webhookKeyId = 'webhook-key';
export const keyEntryId = (keyId: string): string => `key/${keyId}`;
export const roleEntryId = (roleName: string): string => `role/${roleName}`;
export const webhookEntryPrefix = 'webhook/';
export const webhookEntryId = (tenant: string): string => `${webhookEntryPrefix}${tenantKeyOf(tenant)}`;
export const tenantEntryPrefix = 'tenant/';
export const tenantEntryId = (tenant: string): string => `${tenantEntryPrefix}${tenantKeyOf(tenant)}`;
/** Stands for all tenants. */
export const everyTenant = '*';
