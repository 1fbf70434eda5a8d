import type { OpenWait, OpenWaits } from '../../shared/domain/access/ports.ts';

/** The open waits of tenants as lists. It passes the same contract tests as the DynamoDB adapter. */
export class InMemoryOpenWaits implements OpenWaits {
  readonly #waits = new Map<string, readonly OpenWait[]>();

  async add(tenant: string, wait: OpenWait, max: number): Promise<boolean> {
    const open = this.#waits.get(tenant) ?? [];
    if (open.length >= max) return false;
    this.#waits.set(tenant, [...open, wait]);
    return true;
  }

  async read(tenant: string): Promise<readonly OpenWait[]> {
    return this.#waits.get(tenant) ?? [];
  }

  async remove(tenant: string, waits: readonly OpenWait[]): Promise<void> {
    const open = this.#waits.get(tenant) ?? [];
    const isGone = (wait: OpenWait) => waits.some(({ id, until }) => id === wait.id && until === wait.until);
    this.#waits.set(
      tenant,
      open.filter((wait) => !isGone(wait)),
    );
  }
}
