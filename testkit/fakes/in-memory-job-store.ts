import type { Condition, Test } from '../../shared/job/condition.ts';
import { type JobItem, readItem } from '../../shared/job/item.ts';
import type { JobWrite } from '../../shared/job/job-write.ts';
import type { JobStore } from '../../shared/job/ports.ts';
import { refuseNewerVersion } from '../../shared/job/version.ts';

/**
 * The table as a map of items. A write replaces an item and never changes the object. It passes the same contract tests
 * as the DynamoDB adapter does against the emulator.
 */
export class InMemoryJobStore implements JobStore {
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
  for (const [key, value] of Object.entries(write.setOnce ?? {})) item[key] ??= value;
  for (const [key, value] of Object.entries(write.set)) if (value !== undefined) item[key] = value;
  Object.assign(item, incremented(write.increment, before));
  for (const [key, member] of Object.entries(write.include ?? {}))
    item[key] = new Set([...(before?.dependents ?? []), member]);
  if (write.append?.length) item.history = [...(before?.history ?? []), ...write.append];
  for (const key of write.remove ?? []) delete item[key];
  return item;
}

const incremented = (increment: JobWrite['increment'] = {}, before?: JobItem) =>
  Object.fromEntries(
    (['fencingToken', 'attempt', 'slices'] as const).flatMap((key) => {
      const from = increment[key];
      return from === undefined ? [] : [[key, (before?.[key] ?? from) + 1]];
    }),
  );

export const holds = (condition: Condition, item: JobItem | undefined): boolean =>
  condition.some((tests) => tests.every((test) => passes(test, item)));

function passes(test: Test, item: JobItem | undefined): boolean {
  const value = item?.[test.attribute];
  if ('absent' in test) return value === undefined;
  if ('equals' in test) return value === test.equals;
  if ('atMost' in test) return typeof value === 'number' && value <= test.atMost;
  if ('absentOrAtMost' in test)
    return value === undefined || (typeof value === 'number' && value <= test.absentOrAtMost);
  if ('absentOrSmallerThan' in test)
    return value === undefined || (value instanceof Set && value.size < test.absentOrSmallerThan);
  const other = item?.['below' in test ? test.below : test.notBelow];
  if (typeof value !== 'number' || typeof other !== 'number') return false;
  return 'below' in test ? value < other : value >= other;
}
