import { ConflictError } from '../../shared/domain/base/errors.ts';
import { readJson } from '../../shared/domain/base/read-json.ts';
import type { JobItem } from '../../shared/domain/state/item.ts';
import { cancelJob } from '../../shared/operations/cancel-job.ts';
import { retryJob } from '../../shared/operations/retry-job.ts';
import { submitJob } from '../../shared/operations/submit-job.ts';
import type { InMemoryJobStore } from '../fakes/in-memory-job-store.ts';
import { InMemoryObjectStore } from '../fakes/in-memory-objects.ts';
import { everyQueue, InMemoryNotificationQueue, InMemoryPointerQueue } from '../fakes/in-memory-queues.ts';
import { noChildren } from '../fakes/no-children.ts';
import { recordedLog } from '../fakes/recorded-log.ts';
import { suspending } from '../fakes/suspending.ts';
import type { Subject } from '../job-under-test.ts';
import { tenant, uploads } from '../objects.ts';
import { retentionMs } from './deliver.ts';
import type { PlayQueue } from './play-queue.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { VirtualTime } from './virtual-time.ts';

interface Deployment {
  readonly subject: Pick<Subject, 'name' | 'contract'>;
  readonly table: InMemoryJobStore;
  readonly queue: PlayQueue;
  readonly time: VirtualTime;
  readonly random: SeededRandom;
}

/** A stage that has what the job needs: what else it has does not matter. */
const stageFor = ({ needs = [] }: Subject['contract']) => ({
  given: new Set([...needs, 'servers']),
  ...{ allowedHosts: [], notify: [], mailPlacesOf: async () => [] },
});

/** Who submits, cancels and retries the job of a run, by the use cases that are deployed. */
export class User {
  readonly #deps;

  constructor({ subject, table, queue, time, random }: Deployment) {
    const clock = { now: () => time.now, sleep: (milliseconds: number) => time.pause(milliseconds) };
    const queues = everyQueue(() => queue);
    this.#deps = {
      ...queues,
      ...suspending(),
      queues,
      store: table,
      // Nobody asks for a notification here.
      notifications: new InMemoryNotificationQueue(),
      ...noChildren(),
      // Nothing here is put off for so long that a schedule brings it back.
      pointers: new InMemoryPointerQueue(),
      contracts: { [subject.name]: subject.contract },
      // The kit's items keep messages of every size.
      objects: new InMemoryObjectStore(),
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
    await submitJob(submission, { ...this.#deps, jobIdSecret: 'testkit', uploads, setup, listShards: 1 });
  }

  /** Does nothing if the job has ended. */
  async cancel({ id }: JobItem): Promise<void> {
    await cancelJob({ id, tenant, by: 'the user' }, this.#deps).catch((error: unknown) => {
      if (!(error instanceof ConflictError)) throw error;
    });
  }

  async retry({ id }: JobItem): Promise<void> {
    await retryJob({ id, tenant, by: 'the user' }, this.#deps);
  }
}
