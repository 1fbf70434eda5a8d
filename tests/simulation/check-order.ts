import type { JobItem } from '../../shared/domain/state/job/item.ts';
import type { Order } from './client.ts';
import { Violation } from './violation.ts';

const setOf = (ids: readonly string[] = []): string => [...new Set(ids)].sort().join();

/** A job shows when, in which group and after which others it was ordered to run. */
export function checkOrder(item: JobItem | undefined, order: Order): void {
  const { group, dependsOn, delaySeconds = 0, startBefore, tags, notify } = order;
  const isSame =
    item?.group === group &&
    item?.startBefore === startBefore &&
    setOf(item?.tags) === setOf(tags) &&
    (notify === undefined || JSON.stringify(item?.notify) === JSON.stringify(notify)) &&
    setOf(item?.dependsOn) === setOf(dependsOn) &&
    (item?.runAt === undefined) === (delaySeconds === 0);
  if (item && !isSame) throw new Violation('a job shows what was ordered', item.id);
}
