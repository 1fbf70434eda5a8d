import { refuseNewerVersion } from '../../shared/domain/base/version.ts';
import { type JobItem, readItem } from '../../shared/domain/state/job/item.ts';
import type { MessageKeepingStore } from '../../shared/domain/state/ports.ts';
import type { JobWrite } from '../../shared/domain/state/writes/job-write.ts';
import { holds } from './in-memory-records.ts';

/**
 * The table as a map of items. A write replaces an item and never changes the object. It passes the same contract tests
 * as the DynamoDB adapter does against the emulator.
 */
export class InMemoryJobStore implements MessageKeepingStore {
  /** It has room for every message. */
  readonly keepsMessages = true;
  readonly items = new Map<string, JobItem>();

  async read(id: string): Promise<JobItem | undefined> {
    const item = this.items.get(id);
    refuseNewerVersion(item, 'item');
    return item && { ...item };
  }

  async write(write: JobWrite): Promise<JobItem | undefined> {
    const before = this.items.get(write.id);
    if (!holds(write.condition, before)) return undefined;
    const after = readItem(applied(write, before));
    this.items.set(write.id, after);
    return { ...after };
  }
}

export function applied(write: JobWrite, before: JobItem | undefined): Record<string, unknown> {
  const item: Record<string, unknown> = { ...before, id: write.id };
  const { increment = {}, include, append, remove = [] } = write;
  const once: Readonly<Record<string, unknown>> = write.setOnce ?? {};
  const set: Readonly<Record<string, unknown>> = write.set;
  for (const key in once) item[key] ??= once[key];
  for (const key in set) if (set[key] !== undefined) item[key] = set[key];
  for (const key of incrementable) {
    const from = increment[key];
    if (from !== undefined) item[key] = (before?.[key] ?? from) + 1;
  }
  if (include) item.dependents = new Set([...(before?.dependents ?? []), include.dependents]);
  if (append?.length) item.history = [...(before?.history ?? []), ...append];
  for (const key of remove) delete item[key];
  return item;
}

const incrementable = ['fencingToken', 'attempt', 'slices'] as const;
