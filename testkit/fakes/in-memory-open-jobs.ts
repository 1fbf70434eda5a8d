import { type JobItem, readItem } from '../../shared/domain/state/job/item.ts';
import { readApart } from '../../shared/domain/state/job/newer-item.ts';
import { isTerminal } from '../../shared/domain/state/job/transitions.ts';
import type { OpenJobs } from '../../shared/domain/state/ports.ts';

/** The items of an `InMemoryJobStore`, by page. It passes the same contract tests as the DynamoDB adapter. */
export const inMemoryOpenJobs = (items: ReadonlyMap<string, JobItem>, pageSize = 100): OpenJobs => ({
  async page({ unchangedSince, after = '' }) {
    const ids = [...items.keys()].sort().filter((id) => id > after);
    const read = ids.slice(0, pageSize).flatMap((id) => items.get(id) ?? []);
    const open = read.filter(({ status, updatedAt }) => !isTerminal(status) && updatedAt <= unchangedSince);
    const last = read.at(-1);
    const isMore = last !== undefined && ids.length > pageSize;
    return { ...readApart(open, readItem), units: read.length / 8, ...(isMore ? { next: last.id } : {}) };
  },
});
