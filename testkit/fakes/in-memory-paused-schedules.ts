import type { PausedSchedules } from '../../shared/job/schedule-ports.ts';

/** The paused schedules as a set. It passes the same contract tests as the DynamoDB adapter. */
export class InMemoryPausedSchedules implements PausedSchedules {
  readonly names: Set<string>;
  /** Runs before every call: to let things happen between two calls, or to refuse one. */
  before: (call: 'read' | 'pause' | 'resume') => void | Promise<void> = () => undefined;

  constructor(names: Iterable<string> = []) {
    this.names = new Set(names);
  }

  async read(): Promise<ReadonlySet<string>> {
    await this.before('read');
    return new Set(this.names);
  }

  async pause(name: string): Promise<void> {
    await this.before('pause');
    this.names.add(name);
  }

  async resume(name: string): Promise<void> {
    await this.before('resume');
    this.names.delete(name);
  }
}
