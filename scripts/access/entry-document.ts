import type { AccessEntry } from '../../shared/domain/access/access-entry.ts';

const timeOf = (epochMs: number): string => new Date(epochMs).toISOString();

/** An entry for programs, without its secrets and their hashes. Times are UTC. */
export function entryDocument(entry: AccessEntry): Readonly<Record<string, unknown>> {
  switch (entry.kind) {
    case 'key': {
      const { kind, id, tenant, rights, createdAt, expiresAt, revokedAt } = entry;
      return {
        kind,
        id: id.slice(id.indexOf('/') + 1),
        tenant,
        rights,
        createdAt: timeOf(createdAt),
        expiresAt: expiresAt === undefined ? null : timeOf(expiresAt),
        revokedAt: revokedAt === undefined ? null : timeOf(revokedAt),
      };
    }
    case 'role': {
      const { kind, id, tenant, rights, createdAt } = entry;
      return { kind, role: id.slice(id.indexOf('/') + 1), tenant, rights, createdAt: timeOf(createdAt) };
    }
    case 'webhook': {
      const { kind, tenant, version, previousUntil, endpoints = [] } = entry;
      return {
        ...{ kind, tenant, version, previousUntil: timeOf(previousUntil) },
        endpoints: endpoints.map((own) => ({
          ...{ url: own.address, version: own.version, previousUntil: timeOf(own.previousUntil) },
        })),
      };
    }
    case 'webhookKey': {
      const { kind, version } = entry;
      return { kind, version };
    }
    case 'tenant': {
      const { kind, tenant, mailTo = [] } = entry;
      return { kind, tenant, mailTo };
    }
    case 'suspended':
      return { kind: entry.kind, tenants: [...(entry.tenants ?? [])], limits: entry.limits ?? [] };
    case 'links': {
      const { kind, createdAt } = entry;
      return { kind, createdAt: timeOf(createdAt) };
    }
    case 'root': {
      const { kind, versions, createdAt } = entry;
      return { kind, versions, createdAt: timeOf(createdAt) };
    }
  }
}
