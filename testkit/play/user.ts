import { actorOfLink } from '../../shared/domain/access/signal-link.ts';
import { ConflictError } from '../../shared/domain/base/errors.ts';
import { readJson } from '../../shared/domain/base/read-json.ts';
import type { PointerQueue } from '../../shared/domain/schedules/schedule-ports.ts';
import { awaitedBatches, type JobItem } from '../../shared/domain/state/job/item.ts';
import { debouncesIn } from '../../shared/domain/state/limits/debounces.ts';
import { firstTriesIn } from '../../shared/domain/state/limits/first-tries.ts';
import { cancelJob } from '../../shared/operations/act/cancel-job.ts';
import { retryJob } from '../../shared/operations/act/retry-job.ts';
import { signalJob } from '../../shared/operations/act/signal-job.ts';
import { submitJob } from '../../shared/operations/submit/submit-job.ts';
import type { InMemoryJobStore } from '../fakes/in-memory-job-store.ts';
import { everyQueue, InMemoryNotificationQueue } from '../fakes/in-memory-queues.ts';
import { InMemoryRecords } from '../fakes/in-memory-records.ts';
import { recordedLog } from '../fakes/recorded-log.ts';
import { suspending } from '../fakes/suspending.ts';
import type { GivenSignal, Subject } from '../job-under-test.ts';
import { tenant, uploads } from '../objects.ts';
import { retentionMs } from './deliver.ts';
import type { PlayBucket } from './play-bucket.ts';
import type { PlayChildren } from './play-children.ts';
import type { PlayQueue } from './play-queue.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { VirtualTime } from './virtual-time.ts';

interface Deployment {
  readonly subject: Pick<Subject, 'contracts'>;
  readonly table: InMemoryJobStore;
  readonly queue: PlayQueue;
  readonly bucket: PlayBucket;
  readonly time: VirtualTime;
  readonly random: SeededRandom;
  readonly children: PlayChildren;
}

/**
 * Brings back the message of a job that has its answer. Nothing else is put off for so long that something brings it
 * back. A job that waits for children has no message.
 */
const bringingBack = ({ queue, table, children }: Deployment): PointerQueue => ({
  send: async (pointer, delaySeconds) => {
    const item = table.items.get(pointer.id);
    if (item && awaitedBatches(item).length > 0) return children.admission.send(pointer, delaySeconds);
    if (pointer.again) queue.deliverAgain();
  },
});

/** A stage that has what the job needs: what else it has does not matter. */
const stageFor = ({ needs = [] }: Subject['contract']) => ({
  given: new Set([...needs, 'servers']),
  ...{ allowedHosts: [], notify: [], mailPlacesOf: async () => [] },
});

/** Who submits, cancels and retries the job of a run, by the use cases that are deployed. */
export class User {
  readonly #deps;

  constructor(deployment: Deployment) {
    const { subject, table, queue, bucket, time, random, children } = deployment;
    const clock = { now: () => time.now, sleep: (milliseconds: number) => time.pause(milliseconds) };
    const queues = everyQueue(() => queue);
    this.#deps = {
      ...queues,
      ...suspending(),
      queues,
      store: table,
      firstTries: firstTriesIn(new InMemoryRecords()),
      debounces: debouncesIn(new InMemoryRecords()),
      // Nobody asks for a notification here.
      notifications: new InMemoryNotificationQueue(),
      family: children.family,
      batches: children.batches,
      pointers: bringingBack(deployment),
      contracts: subject.contracts,
      // The kit's items keep messages of every size. Large answers are in its bucket.
      objects: bucket.objects,
      clock,
      random,
      log: recordedLog(),
      retentionMs,
    };
  }

  async submit({ name: type, payload, contract }: Subject): Promise<void> {
    const { maxAttempts } = contract;
    const setup = stageFor(contract);
    const submission = { tenant, type, payload: readJson(JSON.stringify(payload)), maxAttempts };
    // Nobody else submits here: a debounced job would wait for nothing.
    const { debounce: _, ...atOnce } = contract;
    const contracts = { ...this.#deps.contracts, [type]: atOnce };
    const own = { jobIdSecret: 'testkit', uploads, setup, listShards: 1, contracts };
    await submitJob(submission, { ...this.#deps, ...own });
  }

  /** Does nothing if the job has ended. */
  async cancel({ id }: Pick<JobItem, 'id'>): Promise<void> {
    await cancelJob({ id, tenant, by: 'the user' }, this.#deps).catch((error: unknown) => {
      if (!(error instanceof ConflictError)) throw error;
    });
  }

  /** Does nothing if the job takes no such answer any more. */
  async signal({ id }: JobItem, { name, key, answer, as }: GivenSignal): Promise<void> {
    const sent = { name, key, value: readJson(JSON.stringify(answer)), check: () => {} };
    const by = as === undefined ? 'the user' : actorOfLink(as);
    await signalJob({ id, tenant, by }, sent, this.#deps).catch((error: unknown) => {
      if (!(error instanceof ConflictError)) throw error;
    });
  }

  async retry({ id }: JobItem): Promise<void> {
    await retryJob({ id, tenant, by: 'the user' }, this.#deps);
  }
}
