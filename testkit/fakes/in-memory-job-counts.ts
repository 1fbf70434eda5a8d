import { countExpiresAt, type JobCount } from '../../shared/domain/access/job-count.ts';
import type { CountScope, JobCounts } from '../../shared/domain/access/ports.ts';
import type { JobItem } from '../../shared/domain/state/job/item.ts';
import {
  groupKeyOf,
  listKeyOf,
  unfinishedKeyOf,
  waitingKeyOf,
} from '../../shared/domain/state/job/list-keys.ts';

/** A map in the place of items with a TTL: it knows when each of them expires. The fake that plays the table removes them. */
class ExpiringMap<Value> extends Map<string, Value> {
  /** Epoch seconds, by key. */
  readonly expiresAt = new Map<string, number>();

  /** @param expiresAt epoch seconds */
  keep(key: string, value: Value, expiresAt: number): void {
    this.set(key, value);
    this.expiresAt.set(key, expiresAt);
  }

  override delete(key: string): boolean {
    this.expiresAt.delete(key);
    return super.delete(key);
  }
}

type Stored = JobCount & { readonly isCounting: boolean };

/**
 * The numbers as a map, and the index of the items of an `InMemoryJobStore`, which follows every write at once. It
 * passes the same contract tests as the DynamoDB adapter.
 */
export class InMemoryJobCounts implements JobCounts {
  /** By `scopeKeyOf`. */
  readonly counts = new ExpiringMap<Stored>();
  /** How many jobs have come in, in all, of each of these. */
  readonly raised = new Map<string, number>();
  readonly #items: ReadonlyMap<string, JobItem>;
  readonly #shards: number;

  constructor(items: ReadonlyMap<string, JobItem>, shards = 1) {
    this.#items = items;
    this.#shards = shards;
  }

  async read(scope: CountScope): ReturnType<JobCounts['read']> {
    return shown(this.counts.get(scopeKeyOf(scope)));
  }

  async raise({ scope, jobs, max, now }: Parameters<JobCounts['raise']>[0]): ReturnType<JobCounts['raise']> {
    const key = scopeKeyOf(scope);
    const before = this.counts.get(key);
    if (!before || before.count > max - jobs) return undefined;
    const after = { ...before, count: before.count + jobs, raisedAt: now };
    this.counts.keep(key, after, countExpiresAt(now));
    this.raised.set(key, this.raisedOf(scope) + jobs);
    return shown(after);
  }

  raisedOf(scope: CountScope): number {
    return this.raised.get(scopeKeyOf(scope)) ?? 0;
  }

  async count(scope: CountScope, upTo: number): Promise<number> {
    const indexed = [...this.#items.values()].filter(this.#isIn(scope));
    return Math.min(upTo, indexed.length);
  }

  #isIn({ tenant, limit, group }: CountScope): (item: JobItem) => boolean {
    if (group !== undefined) return ({ groupKey }) => groupKey === groupKeyOf(tenant, group);
    const kinds = limit === 'waitingJobs' ? [waitingKeyOf] : [unfinishedKeyOf, waitingKeyOf];
    const keys = Array.from({ length: this.#shards }, (_, shard) => listKeyOf(tenant, shard)).flatMap(
      (listKey) => kinds.map((kind) => kind(listKey)),
    );
    return ({ failedKey, listPosition }) =>
      failedKey !== undefined && listPosition !== undefined && keys.includes(failedKey);
  }

  async create(scope: CountScope, unfinished: number, now: number): Promise<void> {
    const key = scopeKeyOf(scope);
    if (this.counts.has(key)) return;
    const first = { count: unfinished, seen: unfinished, seenAt: now, raisedAt: 0, isCounting: false };
    this.counts.keep(key, first, countExpiresAt(now));
  }

  async begin(scope: CountScope, seenAt: number, now: number): ReturnType<JobCounts['begin']> {
    const key = scopeKeyOf(scope);
    const before = this.counts.get(key);
    if (before?.seenAt !== seenAt) return undefined;
    this.counts.set(key, { ...before, seen: before.count, seenAt: now, isCounting: true });
    return shown(before);
  }

  async settle(scope: CountScope, begunAt: number, gone: number): Promise<boolean> {
    const key = scopeKeyOf(scope);
    const before = this.counts.get(key);
    if (before?.seenAt !== begunAt || !before.isCounting) return false;
    const { count, seen } = before;
    this.counts.set(key, { ...before, count: count - gone, seen: seen - gone, isCounting: false });
    return true;
  }
}

function shown(stored: Stored | undefined): JobCount | undefined {
  if (!stored) return undefined;
  const { isCounting: _, ...count } = stored;
  return count;
}

/** Which number is that of a scope. */
export const scopeKeyOf = ({ tenant, limit, group = '' }: CountScope): string =>
  `${limit} ${tenant} ${group}`;
