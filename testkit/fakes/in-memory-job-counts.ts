import type { JobCount } from '../../shared/domain/access/job-count.ts';
import type { JobCounts } from '../../shared/domain/access/ports.ts';
import type { JobItem } from '../../shared/domain/state/item.ts';
import { listKeyOf, unfinishedKeyOf } from '../../shared/domain/state/list-keys.ts';

type Stored = JobCount & { readonly isCounting: boolean };

/**
 * The numbers as a map, and the index of the items of an `InMemoryJobStore`, which follows every write at once. It passes the same
 * contract tests as the DynamoDB adapter.
 */
export class InMemoryJobCounts implements JobCounts {
  readonly counts = new Map<string, Stored>();
  /** How many jobs have come in, in all. */
  raised = 0;
  readonly #items: ReadonlyMap<string, JobItem>;
  readonly #shards: number;

  constructor(items: ReadonlyMap<string, JobItem>, shards = 1) {
    this.#items = items;
    this.#shards = shards;
  }

  async read(tenant: string): ReturnType<JobCounts['read']> {
    return shown(this.counts.get(tenant));
  }

  async raise({ tenant, jobs, max, now }: Parameters<JobCounts['raise']>[0]): ReturnType<JobCounts['raise']> {
    const before = this.counts.get(tenant);
    if (!before || before.count > max - jobs) return undefined;
    const after = { ...before, count: before.count + jobs, raisedAt: now };
    this.counts.set(tenant, after);
    this.raised += jobs;
    return shown(after);
  }

  async count(tenant: string, upTo: number): Promise<number> {
    const keys = Array.from({ length: this.#shards }, (_, shard) =>
      unfinishedKeyOf(listKeyOf(tenant, shard)),
    );
    const indexed = [...this.#items.values()].filter(
      ({ failedKey, listPosition }) =>
        failedKey !== undefined && listPosition !== undefined && keys.includes(failedKey),
    );
    return Math.min(upTo, indexed.length);
  }

  async create(tenant: string, unfinished: number, now: number): Promise<void> {
    if (this.counts.has(tenant)) return;
    const first = { count: unfinished, seen: unfinished, seenAt: now, raisedAt: 0, isCounting: false };
    this.counts.set(tenant, first);
  }

  async begin(tenant: string, seenAt: number, now: number): ReturnType<JobCounts['begin']> {
    const before = this.counts.get(tenant);
    if (before?.seenAt !== seenAt) return undefined;
    this.counts.set(tenant, { ...before, seen: before.count, seenAt: now, isCounting: true });
    return shown(before);
  }

  async settle(tenant: string, begunAt: number, gone: number): Promise<boolean> {
    const before = this.counts.get(tenant);
    if (before?.seenAt !== begunAt || !before.isCounting) return false;
    const { count, seen } = before;
    this.counts.set(tenant, { ...before, count: count - gone, seen: seen - gone, isCounting: false });
    return true;
  }
}

function shown(stored: Stored | undefined): JobCount | undefined {
  if (!stored) return undefined;
  const { isCounting: _, ...count } = stored;
  return count;
}
