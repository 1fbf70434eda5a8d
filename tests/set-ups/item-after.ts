import type { JobItem } from '../../shared/domain/state/job/item.ts';
import type { JobWrite } from '../../shared/domain/state/writes/job-write.ts';
import { InMemoryJobStore } from '../../testkit/fakes/in-memory-job-store.ts';

/** The item after a write, starting from `before` or from no item. Undefined if the write's condition does not hold. */
export async function itemAfter(write: JobWrite, before?: JobItem): Promise<JobItem | undefined> {
  const store = new InMemoryJobStore();
  if (before) store.items.set(before.id, before);
  return store.write(write);
}
