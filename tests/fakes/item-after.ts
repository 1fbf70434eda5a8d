import type { JobItem } from '../../shared/job/item.ts';
import type { JobWrite } from '../../shared/job/job-write.ts';
import { InMemoryJobStore } from './in-memory-job-store.ts';

/** What a write makes of an item (or of none); undefined if it is refused. */
export async function itemAfter(write: JobWrite, before?: JobItem): Promise<JobItem | undefined> {
  const store = new InMemoryJobStore();
  if (before) store.items.set(before.id, before);
  return store.write(write);
}
