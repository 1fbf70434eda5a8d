import type { JobContract } from '../../shared/author/contract.ts';
import type { CanceledJob, JobContext } from '../../shared/author/handler.ts';
import type { JobItem } from '../../shared/domain/state/job/item.ts';
import { writeCheckpoint } from '../../shared/worker/hold/checkpoint-text.ts';
import { type Invocation, sliceTime } from '../../shared/worker/hold/invocation.ts';
import { isCopyOf } from '../children.ts';
import type { InMemoryJobStore } from '../fakes/in-memory-job-store.ts';
import type { Subject } from '../job-under-test.ts';
import type { Surroundings } from './ambient.ts';
import { Attempt } from './attempt.ts';
import type { Call } from './cut.ts';
import type { Interrupted } from './interruptions.ts';
import type { Journal } from './journal.ts';
import type { PlayBucket } from './play-bucket.ts';
import type { PlayQueue } from './play-queue.ts';
import { maxStartsWithState, type PlaySettings } from './play-settings.ts';
import { Restless, type VirtualTime } from './virtual-time.ts';
import type { Watching } from './watch-calls.ts';
import { type Services, watchEffects } from './watch-effects.ts';
import { cancelWatched, runWatched } from './watch-handler.ts';
import type { WorkerProcess } from './worker-process.ts';

/** The test has no type of children with the contract. */
export class UnknownChildError extends TypeError {}

/** A start of a handler, or of its cancel. */
export interface Start<Job> {
  readonly payload: never;
  readonly job: Job;
  readonly process: WorkerProcess;
  readonly invocation: Invocation;
}

interface Stage {
  readonly subject: Subject;
  readonly settings: PlaySettings;
  readonly time: VirtualTime;
  readonly journal: Journal;
  readonly table: InMemoryJobStore;
  readonly queue: PlayQueue;
  readonly bucket: PlayBucket;
  readonly services: Services;
  readonly heartbeatMs: number;
  readonly item: () => JobItem | undefined;
  /** Whether children have not ended. */
  readonly hasChildren: () => boolean;
  /** The user cancels the job. */
  readonly cancel: () => Promise<void>;
  /** The user sends all answers that the test has. */
  readonly answer: () => Promise<void>;
  /** Ends the run of the whole job. */
  readonly fail: (error: Error) => void;
}

/** Odd, and so that every part of a date is another one. */
const shiftMs = 397 * 24 * 3600 * 1000 + 3_661_001;
/** A time that is measured is another one, too. */
const shiftPerReadMs = 2_002;

/** The time that a handler reads outside its context is virtual. Each time it is later: a handler may wait for that. */
function surroundingsOf({ journal, time, settings }: Stage): Surroundings {
  const [shift, perRead] = settings.shiftsTime ? [shiftMs, 1 + shiftPerReadMs] : [0, 1];
  let reads = 0;
  return {
    note: (kind, detail) => (kind === 'time read' ? journal.noteTime(detail) : journal.find(kind, detail)),
    now: () => {
      reads += 1;
      return time.now + shift + reads * perRead;
    },
  };
}

/** Starts the handler of a run's job, and its cancel, with watched calls. */
export class HandlerRuns {
  readonly #stage: Stage;
  readonly #watching: Watching;
  readonly #attempts: Attempt[] = [];
  /** What each process has imported, if they have modules of their own. */
  readonly #imports = new Map<WorkerProcess, Promise<unknown>>();

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#watching = {
      journal: stage.journal,
      cut: stage.settings.cut,
      surroundings: surroundingsOf(stage),
      answers: stage.settings.answers,
      time: stage.time,
      notesModules: stage.settings.notesModules ?? false,
      interrupted: (call, attempt) => this.#interrupted(call, attempt),
      childType: (contract) => this.childType(contract),
    };
  }

  /** The type of children with this contract, as the test has it. Without one the test ends. */
  childType(contract: JobContract): ReturnType<Watching['childType']> {
    const { subject, settings, fail } = this.#stage;
    const all = Object.entries(subject.children).map(([name, child]) => ({ name, contract: child.contract }));
    const found =
      all.find((one) => one.contract === contract) ??
      // A process that has modules of its own has a contract of its own, too.
      ((settings.exported ?? subject.isCopy) && all.find((one) => isCopyOf(one.contract, contract)));
    if (found) return found;
    fail(
      new UnknownChildError(
        `${subject.name} spawns children of a type that the test does not have: name it in the option children, as in { 'its-type': childHandler(contract, handler) }`,
      ),
    );
    return { name: 'unknown', contract };
  }

  /** Whether one of these processes does something that virtual time must wait for. */
  isBusyIn(running: ReadonlySet<WorkerProcess>): boolean {
    const busy = this.#attempts.filter(({ process, isBusy }) => isBusy && running.has(process));
    if (busy.some(({ isRacing }) => isRacing)) this.#stage.journal.hasRaced = true;
    return busy.length > 0;
  }

  async run(start: Start<JobContext<never>>): Promise<unknown> {
    const { subject, time, journal, bucket, settings, item, fail } = this.#stage;
    const { payload, job, process } = start;
    const { checkpoint, steps } = item() ?? {};
    const state = bucket.textOf(checkpoint);
    const attempt = this.#attempt(start, { percent: journal.percentAt(state), isCancel: false });
    if (journal.countStarts(`${state} ${steps}`) > maxStartsWithState)
      fail(new Restless(`${maxStartsWithState} slices or attempts begin with the same state`));
    const from = job.resume === undefined ? '' : ` from ${JSON.stringify(job.resume)}`;
    journal.say(`${process.name}  attempt ${job.attempt} starts${from}`);
    const watched = {
      ...{ attempt, watching: this.#watching, contract: subject.contract, time },
      pace: settings.pace ?? 'quick',
      pinsAttempt: settings.pinsAttempt ?? false,
    };
    const handler = await this.#handlerOf(attempt);
    const { hasCancel = false } = subject.contract;
    if (hasCancel !== (handler.cancel !== undefined))
      fail(
        new TypeError(
          `${subject.name}: the contract needs hasCancel: true exactly if the handler has a cancel (withCancel)`,
        ),
      );
    return runWatched(handler, { payload, job }, watched);
  }

  async cancel(start: Start<CanceledJob<never>>): Promise<void> {
    const { journal } = this.#stage;
    const { payload, job, process } = start;
    const attempt = this.#attempt(start, { percent: 0, isCancel: true });
    const from = job.resume === undefined ? '' : ` from ${JSON.stringify(job.resume)}`;
    journal.say(`${process.name}  cancel starts${from}`);
    const { cancel } = await this.#handlerOf(attempt);
    if (cancel) await cancelWatched(cancel, { payload, job }, { attempt, watching: this.#watching });
  }

  #attempt(
    { job, process, invocation }: Start<Pick<CanceledJob, 'signal'>>,
    { percent, isCancel }: { readonly percent: number; readonly isCancel: boolean },
  ): Attempt {
    const { subject, time, journal } = this.#stage;
    const slice = sliceTime(subject.contract, invocation, time.now);
    const nearsEndAt = slice.endsAt - slice.reserveMs / 2;
    const number = this.#attempts.length + 1;
    const attempt = new Attempt({
      start: number,
      process,
      signal: job.signal,
      nearsEndAt,
      percent,
      isCancel,
      onRace: () => {
        journal.hasRaced = true;
      },
    });
    this.#attempts.push(attempt);
    return attempt;
  }

  async #handlerOf(attempt: Attempt) {
    const { subject, services, settings } = this.#stage;
    const exported = await this.#exported(attempt, settings);
    return subject.handlerOf(watchEffects(services, { attempt, watching: this.#watching }), exported);
  }

  /** To load modules takes real time: virtual time waits. */
  async #exported(attempt: Attempt, { exported }: PlaySettings): Promise<unknown> {
    if (!exported) return undefined;
    attempt.standInsRunning += 1;
    const loaded = this.#imports.get(attempt.process) ?? exported();
    this.#imports.set(attempt.process, loaded);
    return loaded.finally(() => {
      attempt.standInsRunning -= 1;
    });
  }

  #interrupted(call: Call, attempt: Attempt): Interrupted {
    const { subject, time, queue, heartbeatMs, cancel, answer, hasChildren } = this.#stage;
    return {
      ...{ call, process: attempt.process, time, queue, heartbeatMs, cancel, answer, hasChildren },
      leaseMs: subject.leaseMs,
      nearsEndAt: attempt.nearsEndAt,
      crash: () => this.#crash(attempt),
    };
  }

  #crash({ process, lastState, lastText }: Attempt): void {
    const { settings, subject, table } = this.#stage;
    const item = this.#stage.item();
    if (settings.savesLate && item && lastState !== undefined) {
      const checkpoint = writeCheckpoint(subject.contract, lastState);
      if (checkpoint !== lastText) table.items.set(item.id, { ...item, checkpoint });
    }
    process.die();
  }
}
