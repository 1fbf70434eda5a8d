import { resolveDeadLetter } from '../../functions/dead-letter/resolve-dead-letter.ts';
import type { JobItem } from '../../shared/job/item.ts';
import { type JobMessage, writeMessage } from '../../shared/job/message.ts';
import { FixedClock, fixedRandom } from '../../testkit/fakes/fixed.ts';
import { InMemoryJobStore } from '../../testkit/fakes/in-memory-job-store.ts';

import { InMemoryObjectStore } from '../../testkit/fakes/in-memory-objects.ts';
import { InMemoryJobQueue, InMemoryNotificationQueue } from '../../testkit/fakes/in-memory-queues.ts';
import { intercepted } from '../../testkit/fakes/intercepted.ts';
import { recordedLog } from '../../testkit/fakes/recorded-log.ts';
import { aDelivery, aMessage, jobId, retentionMs } from './samples.ts';

/** The dead-letter function on fakes. The table has this item. `before` runs before every call to table and queue. */
export function aDeadLetterFunction(
  item: JobItem | undefined,
  before: (call: string, items: Map<string, JobItem>) => void = () => {},
) {
  const table = new InMemoryJobStore();
  const queue = new InMemoryJobQueue();
  if (item) table.items.set(jobId, item);
  const ports = intercepted({ store: table, queue }, { before: (call) => before(call, table.items) });
  const waiting = new InMemoryJobQueue();
  const deps = {
    ...ports,
    waiting,
    notifications: new InMemoryNotificationQueue(),
    objects: new InMemoryObjectStore(),
    clock: new FixedClock(),
    random: fixedRandom(),
    log: recordedLog(),
    retentionMs,
  };
  const resolve = (message: JobMessage = aMessage()) =>
    resolveDeadLetter(aDelivery({ body: writeMessage(message) }), deps);
  const resolveText = (body: string) => resolveDeadLetter(aDelivery({ body }), deps);
  const { items } = table;
  return { resolve, resolveText, queue, waiting, items, log: deps.log, stored: () => items.get(jobId) };
}
