import type { JobItem } from '../../../../shared/job/item.ts';
import { jobStatuses } from '../../../../shared/job/transitions.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { aQueuedItem, ids } from '../../../set-ups/samples.ts';

/** Every combination of the attributes that conditions test, with values around the boundaries. */
export function* allItems(): Generator<JobItem> {
  const choices: { readonly [Key in keyof JobItem]?: readonly JobItem[Key][] } = {
    status: jobStatuses,
    leaseUntil: [undefined, t0 - 1, t0, t0 + 1],
    inCompany: [undefined, true],
    notBefore: [undefined, t0, t0 + 1],
    runAt: [undefined, t0, t0 + 1],
    fingerprint: ['the same', 'another'],
    run: [1, 2, 3],
    fencingToken: [4, 5],
    attempt: [2, 3, 4],
    cancelRequested: [undefined, true],
    message: [undefined, 'saved'],
    dependents: [undefined, ids(499), ids(500)],
    updatedAt: [t0 - 1, t0],
    mayStartLate: [undefined, true],
  };
  let items: Partial<JobItem>[] = [{ maxAttempts: 3 }];
  for (const [key, values] of Object.entries(choices))
    items = items.flatMap((item) => values.map((value) => ({ ...item, [key]: value })));
  for (const item of items) yield aQueuedItem({ ...item, finishedAt: item.updatedAt });
}
