import type { SQSEvent } from 'aws-lambda';
import * as z from 'zod/mini';
import { NewerVersionError } from '../../shared/domain/base/errors.ts';
import type { JobQueue, JobStore } from '../../shared/domain/state/ports.ts';
import type { JobWrite } from '../../shared/domain/state/writes/job-write.ts';
import { SeededRandom } from '../../testkit/play/seeded-random.ts';
import type { VirtualTime } from '../../testkit/play/virtual-time.ts';
import { newerVersion } from '../set-ups/samples.ts';
import type { Instance } from './instance.ts';

/** What a job was asked for with. */
interface Request {
  readonly fingerprint: string;
  readonly dependsOn?: readonly string[] | undefined;
}

/** How two builds take turns. */
export interface BuildSettings {
  /** How likely a new process is one of the older build. */
  readonly older: number;
  /** Before that, and after `forMs` in all, every process is one of the newer build. In milliseconds. */
  readonly afterMs?: number;
  readonly forMs: number;
  /** Whether a request uses what is new, so that its message and its item have a newer version. */
  readonly isNew: (request: Request) => boolean;
  readonly seed: number;
}

const jobText = z.looseObject({
  fingerprint: z.string(),
  options: z.looseObject({ dependsOn: z.optional(z.array(z.string())) }),
});

/**
 * Two builds in turns on the same messages and items. The code under test is one. To the processes of the newer build messages
 * and items are as they are. To those of the older build what uses something new has a newer version.
 */
export class Builds {
  readonly #time: VirtualTime;
  readonly #settings: BuildSettings;
  readonly #from: number;
  readonly #until: number;
  readonly #random: SeededRandom;
  /** By the name of the process: whether it is of the older build. */
  readonly #drawn = new Map<string, boolean>();
  /** The jobs whose items have a newer version. */
  readonly #newer = new Set<string>();

  constructor(time: VirtualTime, settings: BuildSettings) {
    this.#time = time;
    this.#settings = settings;
    this.#from = time.now + (settings.afterMs ?? 0);
    this.#until = time.now + settings.forMs;
    this.#random = new SeededRandom(settings.seed);
  }

  /** Whether there may be processes of the older build. */
  get isInTurns(): boolean {
    return this.#from <= this.#time.now && this.#time.now < this.#until;
  }

  isOlder({ name }: Pick<Instance, 'name'>): boolean {
    const drawn = this.#drawn.get(name) ?? this.#random.chance(this.#settings.older);
    this.#drawn.set(name, drawn);
    return drawn && this.isInTurns;
  }

  /** What a process receives, as its build sees it. */
  delivered(event: SQSEvent, instance: Instance): SQSEvent {
    if (!this.isOlder(instance)) return event;
    return {
      Records: event.Records.map((record) => ({ ...record, body: this.#asOldCodeSees(record.body) })),
    };
  }

  #asOldCodeSees(body: string): string {
    let json: unknown;
    try {
      json = JSON.parse(body);
    } catch {
      return body;
    }
    const job = jobText.safeParse(json);
    if (!job.success || !this.#settings.isNew({ ...job.data, ...job.data.options })) return body;
    return JSON.stringify({ ...job.data, version: newerVersion });
  }

  store(store: JobStore, instance: Instance): JobStore {
    const refuse = (id: string): void => {
      if (this.isOlder(instance) && this.#newer.has(id))
        throw new NewerVersionError('the item has a newer version');
    };
    return {
      read: async (id) => {
        const item = await store.read(id);
        if (item) refuse(id);
        return item;
      },
      write: async (write) => {
        const isRefused = this.isOlder(instance) && this.#newer.has(write.id) && asksForVersion(write);
        const after = await store.write(isRefused ? { ...write, condition: [] } : write);
        if (after && this.#settings.isNew(after)) this.#newer.add(write.id);
        // DynamoDB has written it, and old code cannot read the answer.
        if (after) refuse(write.id);
        return after;
      },
    };
  }

  /** Only the newer build takes a request that uses what is new. */
  queue(queue: JobQueue, instance: Instance): JobQueue {
    const { isNew } = this.#settings;
    return {
      ...queue,
      isOrdered: queue.isOrdered,
      send: (message, delaySeconds) => {
        if (isNew({ ...message, ...message.options })) this.#drawn.set(instance.name, false);
        return queue.send(message, delaySeconds);
      },
    };
  }
}

const asksForVersion = ({ condition }: JobWrite): boolean =>
  condition.some((tests) => tests.some(({ attribute }) => attribute === 'version'));
