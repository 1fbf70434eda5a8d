import type { JobItem } from '../../shared/job/item.ts';
import { canBeRetried, hasFailed, isTerminal } from '../../shared/job/transitions.ts';
import { writeCheckpoint } from '../../shared/worker/checkpoint-text.ts';
import { sliceTime } from '../../shared/worker/invocation.ts';
import { InMemoryJobStore } from '../fakes/in-memory-job-store.ts';
import type { Subject } from '../job-under-test.ts';
import { watchAmbient } from './ambient.ts';
import { Attempt } from './attempt.ts';
import type { Call } from './cut.ts';
import { type Delivering, deliver, type Start } from './deliver.ts';
import type { Interrupted } from './interruptions.ts';
import { Journal } from './journal.ts';
import { letTimePass, type Passing } from './let-time-pass.ts';
import { PlayBucket } from './play-bucket.ts';
import { PlayQueue } from './play-queue.ts';
import { maxDays, maxStartsWithState, maxSteps, type PlaySettings } from './play-settings.ts';
import { SeededRandom } from './seeded-random.ts';
import { User } from './user.ts';
import { Restless, VirtualTime } from './virtual-time.ts';
import { type Services, type Watching, watchEffects } from './watch-calls.ts';
import { runWatched } from './watch-handler.ts';
import { WorkerProcess } from './worker-process.ts';

/** One run of a job: the engine that is deployed, on in-memory table and queue, in virtual time. */
export class Play {
  readonly journal: Journal;
  readonly #subject: Subject;
  readonly #settings: PlaySettings;
  readonly #time: VirtualTime;
  readonly #table = new InMemoryJobStore();
  readonly #queue: PlayQueue;
  readonly #bucket: PlayBucket;
  readonly #running = new Set<WorkerProcess>();
  readonly #attempts: Attempt[] = [];
  readonly #services: Services;
  readonly #watching: Watching;
  readonly #delivering: Delivering;
  readonly #user: User;
  #processes = 0;
  #retries = 0;
  #error: unknown;

  constructor(subject: Subject, settings: PlaySettings = {}) {
    this.#subject = subject;
    this.#settings = settings;
    this.#time = new VirtualTime(maxSteps, { maxDays, start: subject.submittedAt });
    this.journal = new Journal(this.#time);
    this.#queue = new PlayQueue(this.#time, () => this.#poll());
    this.#bucket = new PlayBucket(subject.objects);
    this.#watching = {
      journal: this.journal,
      cut: settings.cut,
      interrupted: (call, attempt) => this.#interrupted(call, attempt),
    };
    this.#services = { effects: subject.effects(), answers: new Map() };
    this.#delivering = {
      subject,
      table: this.#table,
      queue: this.#queue,
      bucket: this.#bucket,
      random: new SeededRandom(1),
      log: this.journal.log,
      heartbeatMs: subject.leaseMs / 3,
      run: (start) => this.#run(start),
    };
    this.#user = new User({ ...this.#delivering, time: this.#time });
  }

  /** The job as it is stored. */
  get item(): JobItem | undefined {
    return [...this.#table.items.values()].at(0);
  }

  /** What the handler returned, and what it wrote to its output, if the job has succeeded. */
  get result(): unknown {
    return this.#bucket.resultOf(this.item);
  }
  get output(): Buffer | undefined {
    return this.#bucket.outputOf(this.item);
  }

  /** Runs the job to its end. */
  async run(): Promise<this> {
    const stopWatching = watchAmbient();
    try {
      await this.#user.submit(this.#subject);
      do await letTimePass(this.#passing);
      while (await this.#retryIfDue());
    } catch (thrown) {
      if (!(thrown instanceof Restless)) throw thrown;
      this.journal.find('never ends', thrown.message);
    } finally {
      stopWatching();
    }
    return this;
  }

  /** Delivers what is visible, each message in a process of its own. */
  #poll(): void {
    for (const record of this.#queue.receive()) {
      this.#processes += 1;
      const process = new WorkerProcess(`worker-${this.#processes}`, this.#time);
      this.#running.add(process);
      deliver(record, process, this.#delivering)
        .catch((thrown: unknown) => {
          this.#error ??= thrown;
        })
        .finally(() => this.#running.delete(process));
    }
  }

  async #run({ payload, job, process, invocation }: Start): Promise<unknown> {
    const { contract } = this.#subject;
    const slice = sliceTime(contract, invocation, this.#time.now);
    const nearsEndAt = slice.endsAt - slice.reserveMs / 2;
    const state = this.#bucket.textOf(this.item?.checkpoint);
    const percent = this.journal.percentAt(state);
    const attempt = new Attempt({ process, signal: job.signal, nearsEndAt, percent });
    this.#attempts.push(attempt);
    if (this.journal.countStarts(state) > maxStartsWithState)
      this.#error = new Restless(`${maxStartsWithState} slices or attempts begin with the same state`);
    const from = job.resume === undefined ? '' : ` from ${JSON.stringify(job.resume)}`;
    this.journal.say(`${process.name}  attempt ${job.attempt} starts${from}`);
    const within = { attempt, watching: this.#watching };
    const handler = this.#subject.handlerOf(watchEffects(this.#services, within));
    return runWatched(
      handler,
      { payload, job },
      {
        ...within,
        contract,
        time: this.#time,
        pace: this.#settings.pace ?? 'quick',
        pinsAttempt: this.#settings.pinsAttempt ?? false,
      },
    );
  }

  #interrupted(call: Call, attempt: Attempt): Interrupted {
    return {
      call,
      process: attempt.process,
      time: this.#time,
      queue: this.#queue,
      leaseMs: this.#subject.leaseMs,
      heartbeatMs: this.#delivering.heartbeatMs,
      nearsEndAt: attempt.nearsEndAt,
      cancel: async () => {
        if (this.item) await this.#user.cancel(this.item);
      },
      crash: () => this.#crash(attempt),
    };
  }

  #crash({ process, lastState, lastText }: Attempt): void {
    const { item } = this;
    if (this.#settings.savesLate && item && lastState !== undefined) {
      const checkpoint = writeCheckpoint(this.#subject.contract, lastState);
      if (checkpoint !== lastText) this.#table.items.set(item.id, { ...item, checkpoint });
    }
    process.die();
  }

  get #passing(): Passing {
    return {
      time: this.#time,
      isAtRest: () => this.#isAtRest(),
      isBusy: () => this.#attempts.some(({ process, isBusy }) => isBusy && this.#running.has(process)),
      onTurn: (milliseconds) => {
        if (milliseconds > this.#subject.leaseMs)
          this.journal.find('event loop blocked', `for ${Math.round(milliseconds / 1000)} s`);
      },
    };
  }

  /** Nothing runs, no message is left, and the job has ended. */
  #isAtRest(): boolean {
    if (this.#error !== undefined) throw this.#error;
    const { item } = this;
    return this.#running.size === 0 && this.#queue.isEmpty && item !== undefined && isTerminal(item.status);
  }

  /**
   * The user retries the job: because the cut says so, or because the interruption took the last attempt.
   * @returns whether the job goes on
   */
  async #retryIfDue(): Promise<boolean> {
    const { item } = this;
    const { cut } = this.#settings;
    if (!item || !cut || !canBeRetried(item.status) || this.#retries > 0) return false;
    const isSpent = hasFailed(item.status) && item.attempt >= item.maxAttempts;
    if (cut.kind !== 'retry' && !isSpent) return false;
    this.#retries += 1;
    this.journal.say('the user retries the job');
    await this.#user.retry(item);
    return true;
  }
}
