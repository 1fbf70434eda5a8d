import type { JobContext } from '../../shared/author/handler.ts';
import { PermanentError } from '../../shared/domain/base/errors.ts';
import type { JobMessage } from '../../shared/domain/state/job/message.ts';
import type { ChildUnderTest } from '../children.ts';
import type { Surroundings } from './ambient.ts';
import { Attempt } from './attempt.ts';
import type { Cut } from './cut.ts';
import { Journal } from './journal.ts';
import type { VirtualTime } from './virtual-time.ts';
import type { Watching } from './watch-calls.ts';
import { runWatched } from './watch-handler.ts';
import type { WorkerProcess } from './worker-process.ts';

interface Stage {
  readonly cut: Cut | undefined;
  readonly time: VirtualTime;
  /** Of the job under test. */
  readonly journal: Journal;
  readonly childType: Watching['childType'];
  readonly isCut: (message: Pick<JobMessage, 'parent'>) => boolean;
  /** The user cancels it. */
  readonly cancel: (id: string) => Promise<void>;
}

/** A start of a child. */
export interface ChildStart {
  readonly type: string;
  readonly child: ChildUnderTest;
  readonly payload: never;
  readonly job: JobContext<never>;
  readonly process: WorkerProcess;
  readonly message: Pick<JobMessage, 'parent' | 'run'>;
}

/** What a cut child fails with: in every attempt it would. */
export class CutChildError extends PermanentError {
  override readonly name = 'CutChildError';
}

/** Longer than the longest heartbeat of a worker. */
const untilHeardMs = 120_000;

/** Starts children. What they do is not judged: a test of their own type does that. */
export class ChildRuns {
  readonly #stage: Stage;
  readonly #attempts = new Set<Attempt>();
  #starts = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** Whether one of them does something that virtual time must wait for. */
  get isBusy(): boolean {
    return [...this.#attempts].some(({ isBusy }) => isBusy);
  }

  async run(start: ChildStart): Promise<unknown> {
    const { journal } = this.#stage;
    const { type, job, process, message } = start;
    const index = message.parent?.index ?? 0;
    journal.say(`${process.name}  child ${index} of type ${type} starts, attempt ${job.attempt}`);
    try {
      if (this.#stage.isCut(message)) await this.#cut(start);
      const result = await this.#watched(start, index);
      journal.say(`${process.name}  child ${index} returns`);
      return result;
    } catch (thrown) {
      journal.say(`${process.name}  child ${index} throws ${String(thrown)}`);
      throw thrown;
    }
  }

  async #cut({ job, process, message }: ChildStart): Promise<void> {
    const { cut, journal, cancel } = this.#stage;
    const isFirstRun = message.run === 1;
    if (cut?.kind === 'child-fails' || (cut?.kind === 'child-retried' && isFirstRun))
      throw new CutChildError('the test lets this child fail');
    if (cut?.kind !== 'child-canceled') return;
    journal.say(`${process.name}  the user cancels the child`);
    await cancel(job.id);
    await process.clock.sleep(untilHeardMs, job.signal);
    job.signal.throwIfAborted();
  }

  async #watched({ child, payload, job, process }: ChildStart, index: number): Promise<unknown> {
    this.#starts += 1;
    const { time } = this.#stage;
    const attempt = new Attempt({
      ...{ start: this.#starts, process, signal: job.signal },
      ...{ nearsEndAt: Number.POSITIVE_INFINITY, percent: 0, isCancel: false },
    });
    this.#attempts.add(attempt);
    void process.death.then(() => this.#attempts.delete(attempt));
    const watching = this.#watching();
    const handler = (given: never, context: JobContext<never>) => child.run(given, context, index);
    const { contract } = child;
    try {
      return await runWatched(
        handler,
        { payload, job },
        { ...{ contract, attempt, watching, time }, pace: 'quick', pinsAttempt: false },
      );
    } finally {
      this.#attempts.delete(attempt);
    }
  }

  /** Its calls are no calls of the job under test. */
  #watching(): Watching {
    const { time, childType } = this.#stage;
    const surroundings: Surroundings = { note: () => undefined, now: () => time.now };
    return {
      ...{ journal: new Journal(time), cut: undefined, surroundings, answers: undefined, time, childType },
      notesModules: false,
      interrupted: () => {
        throw new Error('a child is cut at no call');
      },
    };
  }
}
