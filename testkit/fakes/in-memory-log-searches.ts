import type { LogSearch, LogSearches } from '../../shared/domain/observe/log-line.ts';

/** The searches as a map. It passes the same contract tests as the DynamoDB adapter. */
export class InMemoryLogSearches implements LogSearches {
  readonly searches = new Map<string, LogSearch>();

  async read(jobId: string): Promise<LogSearch | undefined> {
    return this.searches.get(jobId);
  }

  async begin(...[jobId, { before, startedAt }]: Parameters<LogSearches['begin']>): Promise<boolean> {
    if (this.searches.get(jobId)?.startedAt !== before?.startedAt) return false;
    this.searches.set(jobId, { startedAt });
    return true;
  }

  async name(...[jobId, search]: Parameters<LogSearches['name']>): Promise<void> {
    if (this.searches.get(jobId)?.startedAt === search.startedAt) this.searches.set(jobId, search);
  }
}
