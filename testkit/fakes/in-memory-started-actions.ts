import type { StartedActions } from '../../shared/domain/access/ports.ts';

type Started = Awaited<ReturnType<StartedActions['read']>>;

/** The started bulk actions as a map. It passes the same contract tests as the DynamoDB adapter. */
export class InMemoryStartedActions implements StartedActions {
  readonly tenants = new Map<string, Started>();

  async read(tenant: string): Promise<Started> {
    return this.tenants.get(tenant) ?? { changes: 0, actions: [] };
  }

  async replace(
    tenant: string,
    { changes, actions }: Parameters<StartedActions['replace']>[1],
  ): Promise<boolean> {
    if ((this.tenants.get(tenant)?.changes ?? 0) !== changes) return false;
    this.tenants.set(tenant, { changes: changes + 1, actions: [...actions] });
    return true;
  }
}
