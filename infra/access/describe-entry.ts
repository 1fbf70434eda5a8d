import type { AccessEntry, KeyEntry, WebhookEntry } from '../../shared/domain/access/access-entry.ts';
import { tenantText } from '../../shared/time-text/tenant-text.ts';
import { describeLimits } from './set-limits.ts';

const dayOf = (epochMs: number): string => new Date(epochMs).toISOString().slice(0, 10);
const minuteOf = (epochMs: number): string => `${new Date(epochMs).toISOString().slice(0, 16)}Z`;

/** An entry in a line, without its secrets and their hashes. */
export function describeEntry(entry: AccessEntry, now: number): string {
  switch (entry.kind) {
    case 'key':
      return [
        entry.id,
        tenantText(entry.tenant),
        entry.rights.join(','),
        `created ${dayOf(entry.createdAt)}`,
        stateOf(entry, now),
      ].join('  ');
    case 'role':
      return [
        entry.id,
        tenantText(entry.tenant),
        entry.rights.join(','),
        `mapped ${dayOf(entry.createdAt)}`,
      ].join('  ');
    case 'webhook':
      return [entry.id, tenantText(entry.tenant), rotationOf('webhook secret', entry, now)]
        .concat((entry.endpoints ?? []).map((own) => rotationOf(own.address, own, now)))
        .join('  ');
    case 'webhookKey':
      return `${entry.id}  version ${entry.version}`;
    case 'tenant': {
      const { mailTo = [] } = entry;
      return [entry.id, tenantText(entry.tenant), `mail to ${mailTo.join(', ') || 'nobody'}`].join('  ');
    }
    case 'suspended':
      return [
        [...(entry.tenants ?? [])].map((tenant) => `suspended  ${tenantText(tenant)}`).join('\n') ||
          'suspended  nobody',
        ...(entry.limits ?? []).map((own) => describeLimits(own.tenant, own)),
      ].join('\n');
    case 'links':
      return `${entry.id}  created ${dayOf(entry.createdAt)}`;
    case 'root': {
      const versions = Object.entries(entry.versions).map(([name, version]) => `${name} ${version}`);
      return `${entry.id}  created ${dayOf(entry.createdAt)}  versions: ${versions.join(', ')}`;
    }
  }
}

function rotationOf(
  what: string,
  { version, before, previousUntil }: Pick<WebhookEntry, 'version' | 'before' | 'previousUntil'>,
  now: number,
): string {
  const isKnown = previousUntil > now && before < version;
  return `${what} ${version}${isKnown ? `  the one before until ${minuteOf(previousUntil)}` : ''}`;
}

function stateOf({ revokedAt, expiresAt, secrets }: KeyEntry, now: number): string {
  if (revokedAt !== undefined) return `revoked ${minuteOf(revokedAt)}`;
  if (expiresAt !== undefined && expiresAt <= now) return `expired ${minuteOf(expiresAt)}`;
  const older = secrets.flatMap(({ validUntil }) =>
    validUntil !== undefined && validUntil > now ? [validUntil] : [],
  );
  const rotation = older.length > 0 ? `, older secret valid until ${minuteOf(Math.max(...older))}` : '';
  return `${expiresAt === undefined ? 'never expires' : `expires ${minuteOf(expiresAt)}`}${rotation}`;
}
