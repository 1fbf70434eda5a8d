import { asError, describeError } from '../../shared/domain/base/errors.ts';
import type { JobItem } from '../../shared/domain/state/job/item.ts';
import { canBeRetried, hasFailed, isTerminal } from '../../shared/domain/state/job/transitions.ts';
import { unansweredOf } from '../../shared/domain/state/stored/saved-signals.ts';
import type { Outside } from '../effects.ts';
import { InMemoryJobStore } from '../fakes/in-memory-job-store.ts';
import { inMemoryStartRates } from '../fakes/in-memory-start-rates.ts';
import type { GivenSignal, Subject } from '../job-under-test.ts';
import { watchAmbient } from './ambient.ts';
import { ChildRuns } from './child-runs.ts';
import { changesOutcome } from './cut-children.ts';
import { type Delivering, deliver, retentionMs } from './deliver.ts';
import { HandlerRuns } from './handler-runs.ts';
import { Journal } from './journal.ts';
import { letTimePass, type Passing } from './let-time-pass.ts';
import type { Answers } from './look-ups.ts';
import { PlayBucket } from './play-bucket.ts';
import { PlayChildren } from './play-children.ts';
import { PlayQueue } from './play-queue.ts';
import { maxDays, maxSteps, type PlaySettings } from './play-settings.ts';
import { SeededRandom } from './seeded-random.ts';
import { User } from './user.ts';
import { Restless, VirtualTime } from './virtual-time.ts';
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
  readonly #children: PlayChildren;
  readonly #childRuns: ChildRuns;
  readonly #running = new Set<WorkerProcess>();
  readonly #outside: Outside;
  readonly #handlerRuns: HandlerRuns;
  readonly #delivering: Delivering;
  readonly #user: User;
  #processes = 0;
  #retries = 0;
  #jobId: string | undefined;
  #error: unknown;

  constructor(subject: Subject, settings: PlaySettings = {}) {
    this.#subject = subject;
    this.#settings = settings;
    this.#time = new VirtualTime(maxSteps, { maxDays, start: subject.submittedAt });
    this.journal = new Journal(this.#time);
    this.#queue = new PlayQueue(this.#time, () => this.#poll(this.#queue));
    this.#bucket = new PlayBucket(subject.objects);
    this.#outside = subject.outside({ now: () => this.#time.now });
    const random = new SeededRandom(settings.seed ?? 1);
    const common = { subject, table: this.#table, queue: this.#queue, bucket: this.#bucket, random };
    this.#children = new PlayChildren({
      ...{ ...common, time: this.#time, journal: this.journal, cut: settings.cut, retentionMs },
      jobId: () => this.item?.id,
      onVisible: () => this.#poll(this.#children.queue),
      fail: (error) => {
        this.#error ??= error;
      },
    });
    this.#childRuns = new ChildRuns({
      ...{ cut: settings.cut, time: this.#time, journal: this.journal },
      childType: (contract) => this.#handlerRuns.childType(contract),
      isCut: (message) => this.#children.isCut(message),
      cancel: (id) => this.#user.cancel({ id }),
    });
    this.#delivering = {
      ...common,
      children: this.#children,
      runChild: (start) => this.#childRuns.run(start),
      log: this.journal.log,
      heartbeatMs: subject.leaseMs / 3,
      startRates: inMemoryStartRates(),
      run: (start) => this.#handlerRuns.run(start),
      cancel: (start) => this.#handlerRuns.cancel(start),
    };
    this.#user = new User({ ...this.#delivering, time: this.#time });
    this.#handlerRuns = new HandlerRuns({
      ...this.#delivering,
      settings,
      time: this.#time,
      journal: this.journal,
      services: { effects: this.#outside.effects, answers: new Map() },
      item: () => this.item,
      hasChildren: () => this.#hasChildren,
      cancel: async () => {
        if (this.item) await this.#user.cancel(this.item);
      },
      answer: async () => {
        for (const given of this.#subject.signals) await this.#answer(given);
      },
      fail: (error) => {
        this.#error = error;
      },
    });
  }

  /** Those that the test has declared. */
  get effectNames(): readonly string[] {
    return Object.keys(this.#outside.effects);
  }

  /** @returns the same run, to be played with other answers to its look-ups */
  again(answers: Answers): Play {
    return new Play(this.#subject, { ...this.#settings, answers });
  }

  /** The job as it is stored. */
  get item(): JobItem | undefined {
    this.#jobId ??= this.#table.items.keys().next().value;
    return this.#jobId === undefined ? undefined : this.#table.items.get(this.#jobId);
  }

  /** The item of a child; undefined if it has never started. */
  itemOfChild(key: string, index: number): JobItem | undefined {
    return this.#children.itemOf(key, index);
  }

  /** Whether the user has retried the job. */
  get wasRetried(): boolean {
    return this.#retries > 0;
  }

  /** What the handler returned, and what it wrote to its output, if the job has succeeded. */
  get result(): unknown {
    return this.#bucket.resultOf(this.item);
  }
  get output(): Buffer | undefined {
    return this.#bucket.outputOf(this.item);
  }

  /** What is wrong outside of the job, now that it has ended. */
  get faultOutside(): string | undefined {
    return this.item && isTerminal(this.item.status) ? this.#outside.fault(this.item.status) : undefined;
  }

  /** Runs the job to its end. */
  async run(): Promise<this> {
    const stopWatching = watchAmbient();
    // In a worker it would end the process.
    const noteRejection = (reason: unknown) => {
      const { name, message } = describeError(asError(reason));
      this.journal.find('forgotten await', `nobody handles a rejection with ${name}: ${message}`);
    };
    process.on('unhandledRejection', noteRejection);
    try {
      await this.#user.submit(this.#subject);
      this.#giveState();
      do await letTimePass(this.#passing);
      while (await this.#retryIfDue());
    } catch (thrown) {
      if (!(thrown instanceof Restless)) throw thrown;
      this.journal.find('never ends', thrown.message);
    } finally {
      process.off('unhandledRejection', noteRejection);
      stopWatching();
    }
    return this;
  }

  /** As an earlier run has left it. */
  #giveState(): void {
    const { item } = this;
    const { resume: checkpoint } = this.#subject;
    if (item && checkpoint !== undefined) this.#table.items.set(item.id, { ...item, checkpoint });
  }

  /** Delivers what is visible, each message in a process of its own. */
  #poll(queue: PlayQueue): void {
    for (const record of queue.receive()) {
      this.#processes += 1;
      const process = new WorkerProcess(`worker-${this.#processes}`, this.#time);
      this.#running.add(process);
      deliver(record, process, { ...this.#delivering, queue })
        .catch((thrown: unknown) => {
          this.#error ??= thrown;
        })
        .finally(() => {
          this.#running.delete(process);
          this.#answerSoon();
        });
    }
  }

  /** The user sends what the job waits for. */
  #answerSoon(): void {
    const { item } = this;
    for (const { name, key } of item ? unansweredOf(item) : []) {
      const given = this.#subject.signals.find((one) => one.name === name && (one.key ?? one.name) === key);
      if (given) this.#time.after(1_000, () => void this.#answer(given));
    }
  }

  async #answer(given: GivenSignal): Promise<void> {
    const { item } = this;
    if (!item || isTerminal(item.status)) return;
    this.journal.say(`the user answers ${given.key ?? given.name}`);
    await this.#user.signal(item, given).catch((thrown: unknown) => {
      this.#error ??= thrown;
    });
  }

  get #passing(): Passing {
    return {
      time: this.#time,
      isAtRest: () => this.#isAtRest(),
      countCalls: () => this.journal.calls.length,
      isBusy: () => this.#handlerRuns.isBusyIn(this.#running) || this.#childRuns.isBusy,
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
    if (this.#running.size > 0 || !this.#queue.isEmpty || this.#hasChildren) return false;
    return item !== undefined && isTerminal(item.status) && !this.#children.admission.isBusy;
  }

  /** Whether a child has not ended: then it has a message. */
  get #hasChildren(): boolean {
    return !this.#children.queue.isEmpty;
  }

  /**
   * The user retries the job: because the cut says so, or because the interruption took the last attempt.
   * @returns whether the job goes on
   */
  async #retryIfDue(): Promise<boolean> {
    const { item } = this;
    const { cut } = this.#settings;
    if (!item || !cut || !canBeRetried(item.status) || this.#retries > 0) return false;
    const mayBeSpent = hasFailed(item.status) && !(changesOutcome(cut) && cut.next === undefined);
    const isSpent = mayBeSpent && item.attempt >= item.maxAttempts;
    if (cut.kind !== 'retry' && cut.kind !== 'child-retried' && !isSpent) return false;
    this.#retries += 1;
    this.journal.say('the user retries the job');
    await this.#user.retry(item);
    return true;
  }
}
