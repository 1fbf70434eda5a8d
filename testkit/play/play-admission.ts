import { admitJob } from '../../shared/admission/admit-job.ts';
import { followPointer } from '../../shared/delivery/follow-pointer.ts';
import { ParentNotifier } from '../../shared/delivery/notify-parent.ts';
import { receivedOf } from '../../shared/delivery/read-delivery.ts';
import type { Log } from '../../shared/domain/base/ports.ts';
import type { PointerQueue } from '../../shared/domain/schedules/schedule-ports.ts';
import type { JobPointer } from '../../shared/domain/state/job/pointer.ts';
import type { JobQueue } from '../../shared/domain/state/ports.ts';
import type { InMemoryBatches } from '../fakes/in-memory-batches.ts';
import type { InMemoryJobStore } from '../fakes/in-memory-job-store.ts';
import { everyQueue, InMemoryNotificationQueue } from '../fakes/in-memory-queues.ts';
import { RecordedMeters } from '../fakes/recorded-meters.ts';
import type { Subject } from '../job-under-test.ts';
import type { PlayBucket } from './play-bucket.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { VirtualTime } from './virtual-time.ts';

interface Admitting {
  readonly contracts: Subject['contracts'];
  readonly table: InMemoryJobStore;
  readonly batches: InMemoryBatches;
  readonly bucket: PlayBucket;
  /** Where jobs run from. */
  readonly queue: JobQueue;
  readonly time: VirtualTime;
  readonly random: SeededRandom;
  readonly log: Log;
  readonly retentionMs: number;
  readonly fail: (error: unknown) => void;
}

/**
 * The function that admits jobs, as it is deployed, and the queue of pointers that it receives from: for jobs that wait
 * for their children.
 */
export class PlayAdmission implements PointerQueue {
  readonly #own: Admitting;
  readonly #deps;
  #running = 0;
  #received = 0;

  constructor(own: Admitting) {
    this.#own = own;
    const { table: store, batches, bucket, queue, time, random, log, retentionMs, contracts } = own;
    const clock = { now: () => time.now, sleep: (milliseconds: number) => time.pause(milliseconds) };
    this.#deps = {
      ...{ store, batches, objects: bucket.objects, queue, clock, random, log, retentionMs, contracts },
      pointers: this,
      runQueues: everyQueue(() => queue),
      ordered: queue,
      schedules: {
        create: ({ at, message }: { readonly at: number; readonly message: JobPointer }) =>
          this.send(message, (at - time.now) / 1000),
        delete: async () => undefined,
      },
      // Nobody asks for a notification here, or for a group of errors.
      notifications: new InMemoryNotificationQueue(),
      grouping: { add: async () => undefined },
      meter: new RecordedMeters().on('waiting'),
      family: new ParentNotifier({ store, batches, clock, pointers: this }),
    };
  }

  /** Whether it does something right now. */
  get isBusy(): boolean {
    return this.#running > 0;
  }

  async send(pointer: JobPointer, delaySeconds = 0): Promise<void> {
    this.#own.time.after(delaySeconds * 1000, () => void this.#arrive(pointer));
  }

  async #arrive(pointer: JobPointer): Promise<void> {
    this.#running += 1;
    try {
      await this.#admit(pointer);
    } catch (thrown) {
      this.#own.fail(thrown);
    } finally {
      this.#running -= 1;
    }
  }

  async #admit(pointer: JobPointer): Promise<void> {
    const { time } = this.#own;
    const followed = await followPointer(pointer, this.#deps);
    if (followed.kind !== 'open') return;
    const { item, message } = followed;
    this.#received += 1;
    const received = receivedOf(message, { receiveCount: 1 });
    const { again = received.again } = pointer;
    const arrival = { ...received, again, item, messageId: `pointer-${this.#received}` };
    const disposition = await admitJob(arrival, this.#deps);
    if (disposition.kind === 'return')
      await this.send(pointer, Math.max(1, ((disposition.visibleAt ?? 0) - time.now) / 1000));
  }
}
