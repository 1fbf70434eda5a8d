import type { Pause, Pauses, PausesByName } from '../../shared/domain/state/limits/pause.ts';

/** The pauses as a map. It passes the same contract tests as the DynamoDB adapter. */
export class InMemoryPauses implements Pauses {
  readonly pauses = new Map<string, Pause>();
  /** Runs before every call: to let things happen between two calls, or to refuse one. */
  before: (call: 'read' | 'put' | 'resume' | 'remove') => void | Promise<void> = () => undefined;

  async read(): Promise<PausesByName> {
    await this.before('read');
    return new Map(this.pauses);
  }

  async put(name: string, one: Pause): Promise<void> {
    await this.before('put');
    this.pauses.set(name, one);
  }

  async resume(name: string, by: string, at: number): Promise<boolean> {
    await this.before('resume');
    const found = this.pauses.get(name);
    if (!found || found.resumedAt !== undefined) return false;
    this.pauses.set(name, { ...found, resumedAt: at, resumedBy: by });
    return true;
  }

  async remove(name: string, one: Pause): Promise<void> {
    await this.before('remove');
    if (this.pauses.get(name)?.at === one.at) this.pauses.delete(name);
  }
}
