import { ParentNotifier } from '../../shared/delivery/notify-parent.ts';
import type { Log } from '../../shared/domain/base/ports.ts';
import { childIdOf } from '../../shared/domain/children/batch.ts';
import type { BatchStore } from '../../shared/domain/children/batch-ports.ts';
import type { PointerQueue } from '../../shared/domain/schedules/schedule-ports.ts';
import type { JobItem } from '../../shared/domain/state/job/item.ts';
import type { ChildOf, JobMessage } from '../../shared/domain/state/job/message.ts';
import type { JobQueue, JobReader } from '../../shared/domain/state/ports.ts';
import type { ChildQueue } from '../../shared/worker/children/job-children.ts';
import { inMemoryBatches } from '../fakes/in-memory-batches.ts';
import type { InMemoryJobStore } from '../fakes/in-memory-job-store.ts';
import { recordedLog } from '../fakes/recorded-log.ts';
import type { Subject } from '../job-under-test.ts';
import type { Cut } from './cut.ts';
import { isOfChild } from './cut-children.ts';
import type { Journal } from './journal.ts';
import { PlayAdmission } from './play-admission.ts';
import type { PlayBucket } from './play-bucket.ts';
import { PlayQueue } from './play-queue.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { VirtualTime } from './virtual-time.ts';
import type { WorkerProcess } from './worker-process.ts';

interface Family {
  readonly subject: Subject;
  readonly cut: Cut | undefined;
  readonly table: InMemoryJobStore;
  readonly bucket: PlayBucket;
  /** The queue of the job under test. */
  readonly queue: PlayQueue;
  readonly time: VirtualTime;
  readonly random: SeededRandom;
  readonly journal: Journal;
  /** The id of the job under test. */
  readonly jobId: () => string | undefined;
  readonly onVisible: () => void;
  readonly fail: (error: unknown) => void;
  readonly retentionMs: number;
}

/** What one process has of the family. */
interface Member {
  readonly process: WorkerProcess;
  readonly store: JobReader;
  readonly pointers: PointerQueue;
  /** What it processes. */
  readonly message: Pick<JobMessage, 'parent'>;
}

/**
 * The children of a run, as the engine has them: batches in memory, a queue of their own, and who admits a parent that
 * has waited.
 */
export class PlayChildren {
  readonly batches = inMemoryBatches();
  /** The queue of all children. */
  readonly queue: PlayQueue;
  readonly admission: PlayAdmission;
  readonly #own: Family;
  /** A cut of a child happens once. */
  #isCut = false;

  constructor(own: Family) {
    this.#own = own;
    this.queue = new PlayQueue(own.time, own.onVisible);
    const { table, bucket, time, random, fail, retentionMs, subject } = own;
    // What it has to say is not said about the handler.
    const log: Log = recordedLog();
    this.admission = new PlayAdmission({
      ...{ table, bucket, time, random, fail, retentionMs, log, batches: this.batches },
      contracts: subject.contracts,
      queue: this.#queueOf(own.queue),
    });
  }

  /** The batches, and all that is told, as a process sees and tells it. */
  portsOf({ process, store, pointers, message }: Member) {
    const batches = this.#batchesOf(process, message);
    const queue: ChildQueue = {
      sendAll: async (messages, mayGoOn) => {
        for (const each of messages) if (mayGoOn()) await this.#send(each, process);
      },
    };
    return {
      batches,
      recentRoots: batches,
      childQueues: { standard: queue, long: queue, server: queue, ordered: queue },
      family: new ParentNotifier({ batches, store, pointers, clock: process.clock }),
    };
  }

  /** For who ends the job under test without being its worker. */
  get family(): ParentNotifier {
    const { table: store, time } = this.#own;
    const clock = { now: () => time.now, sleep: (milliseconds: number) => time.pause(milliseconds) };
    return new ParentNotifier({ store, batches: this.batches, clock, pointers: this.admission });
  }

  /** The number of a child of the job under test, as cuts have it. A child of a child has none. */
  numberOf({ batch, index }: ChildOf): number | undefined {
    const root = this.batches.roots.get(batch);
    if (!root || root.parent !== this.#own.jobId()) return undefined;
    return this.#own.journal.spawned.numberOf(root.key, index);
  }

  /** Whether this child is the one that is cut. */
  isCut({ parent }: Pick<JobMessage, 'parent'>): boolean {
    const { cut } = this.#own;
    return cut !== undefined && isOfChild(cut) && parent !== undefined && this.numberOf(parent) === cut.at;
  }

  /** The item of a child of the job under test; undefined if it has never started. */
  itemOf(key: string, index: number): JobItem | undefined {
    const id = this.#own.jobId();
    const root = [...this.batches.roots.values()].find((each) => each.parent === id && each.key === key);
    return root && this.#own.table.items.get(childIdOf(root, index));
  }

  async #send(message: JobMessage, process: WorkerProcess): Promise<void> {
    await process.call(() => this.queue.send(message));
    if (this.#own.cut?.kind === 'child-twice' && this.isCut(message))
      await process.call(() => this.queue.send(message, 1));
    if (!process.crashesWhileSending) return;
    process.die();
    await process.alive();
  }

  /** A child that is sent on goes to the queue of children. */
  #queueOf(own: PlayQueue): JobQueue {
    return {
      isOrdered: false,
      send: (message, delay) => (message.parent ? this.queue : own).send(message, delay),
      changeVisibility: (delivery, seconds) => own.changeVisibility(delivery, seconds),
      quarantine: (delivery, reason) => own.quarantine(delivery, reason),
    };
  }

  #batchesOf(process: WorkerProcess, message: Pick<JobMessage, 'parent'>): BatchStore {
    const { batches } = this;
    const crashIf = async (kind: Cut['kind']) => {
      if (this.#isCut || this.#own.cut?.kind !== kind || !this.isCut(message)) return;
      this.#isCut = true;
      this.#own.journal.say(`${process.name}  <<< ${kind}`);
      process.die();
      await process.alive();
    };
    return {
      read: (batch) => process.call(() => batches.read(batch)),
      find: (batch) => process.call(() => batches.find(batch)),
      create: (root) => process.call(() => batches.create(root)),
      createShard: (shard) => process.call(() => batches.createShard(shard)),
      shards: (batch, round, shards) => process.call(() => batches.shards(batch, round, shards)),
      add: async (tally) => {
        await crashIf('child-uncounted');
        const shard = await process.call(() => batches.add(tally));
        await crashIf('child-counted');
        return shard;
      },
      addEarly: (ends) => process.call(() => batches.addEarly(ends)),
      addFull: (place) => process.call(() => batches.addFull(place)),
      endParent: (ended) => process.call(() => batches.endParent(ended)),
      keep: (kept) => process.call(() => batches.keep(kept)),
      reopen: (batch, run) => process.call(() => batches.reopen(batch, run)),
      askAgain: (root) => process.call(() => batches.askAgain(root)),
      wantLook: (root, now) => process.call(() => batches.wantLook(root, now)),
      noteLook: (root, now, note) => process.call(() => batches.noteLook(root, now, note)),
      beginRound: (root, start) => process.call(() => batches.beginRound(root, start)),
      beginErase: (batch) => process.call(() => batches.beginErase(batch)),
      eraseShard: (place, expiresAt) => process.call(() => batches.eraseShard(place, expiresAt)),
      keepErased: (batch, erasedTo) => process.call(() => batches.keepErased(batch, erasedTo)),
      finishErase: (batch, expiresAt) => process.call(() => batches.finishErase(batch, expiresAt)),
    };
  }
}
