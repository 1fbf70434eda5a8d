import type { JobItem } from '../../shared/job/item.ts';
import { keepMessagesInObjects } from '../../shared/job/kept-messages.ts';
import { type JobMessage, writeMessage } from '../../shared/job/message.ts';
import { FixedClock, fixedRandom } from '../../testkit/fakes/fixed.ts';
import { InMemoryJobStore } from '../../testkit/fakes/in-memory-job-store.ts';
import { InMemoryObjectStore } from '../../testkit/fakes/in-memory-objects.ts';
import { InMemoryJobQueue } from '../../testkit/fakes/in-memory-queues.ts';
import { intercepted } from '../../testkit/fakes/intercepted.ts';
import { recordedLog } from '../../testkit/fakes/recorded-log.ts';
import { aMessage, jobId } from './samples.ts';

/** A message of so many bytes. */
export function messageOf(bytes: number, over: Partial<JobMessage> = {}): JobMessage {
  const message = aMessage({ ...over, payload: '' });
  return { ...message, payload: 'x'.repeat(bytes - Buffer.byteLength(writeMessage(message))) };
}

/** A table that keeps large messages in objects, on fakes. It has this item. A call that is named in `failing` throws. */
export function keeping(item?: JobItem, failing: ReadonlyMap<string, Error> = new Map()) {
  const table = new InMemoryJobStore();
  const bucket = new InMemoryObjectStore();
  if (item) table.items.set(item.id, item);
  const calls: string[] = [];
  const before = (call: string) => {
    calls.push(call);
    const error = failing.get(call);
    if (error) throw error;
  };
  const objects = {
    put: async (object: Parameters<typeof bucket.put>[0]) => {
      before('put');
      await bucket.put(object);
    },
    delete: async (name: string) => {
      before(`delete ${name}`);
      await bucket.delete(name);
    },
  };
  const clock = new FixedClock();
  const log = recordedLog();
  const { store } = intercepted({ store: table, queue: new InMemoryJobQueue() }, { before });
  const keeper = keepMessagesInObjects(store, { objects, clock, random: fixedRandom(), log });
  return { keeper, bucket, calls, clock, log, stored: (id = jobId) => table.items.get(id) };
}
