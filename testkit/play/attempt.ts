import { performance } from 'node:perf_hooks';
import { type Call, isOutside, isWait } from './cut.ts';
import type { WatchedPromise } from './watched-promise.ts';
import type { WorkerProcess } from './worker-process.ts';

interface Made {
  readonly call: Call;
  readonly isInStep: boolean;
  readonly promise: WatchedPromise<unknown>;
  isPending: boolean;
}

/** Counts the turns of the event loop: what the kit itself lets happen, and what follows from that at once, is in one turn. */
const turnNow = (): number => performance.nodeTiming.uvMetricsInfo.loopCount;

/** One start of a handler, and what the kit knows of it. */
export class Attempt {
  /** Which start of the run it is, from 1. */
  readonly start: number;
  readonly process: WorkerProcess;
  readonly signal: AbortSignal;
  /** When the slice nears its end, epoch milliseconds. */
  readonly nearsEndAt: number;
  readonly #made: Made[] = [];
  /** The steps whose work goes on. */
  readonly #atWork = new Set<Call>();
  #maxPending = 1;
  /** In which turn the handler started, a step began its work, or a call ended, whichever was last. */
  #turn = 0;
  readonly #onRace: () => void;
  /** How many calls have thrown the signal's reason. */
  #aborted = 0;
  /**
   * The first call outside of steps that went on while the handler waited: in production the end of the slice cuts it.
   */
  besideWait: Call | undefined;
  #hasStarted = false;
  hasEnded = false;
  /** Whether the handler has looked at its signal since one of its calls ended. */
  hasLooked = false;
  /** How many stand-ins for services are at work. */
  standInsRunning = 0;
  /** How many of them are interrupted in a call of their own: that takes virtual time. */
  standInsInterrupted = 0;
  /** Whether it is a start of the handler's cancel. */
  readonly isCancel: boolean;
  /** The progress below which it must not fall. */
  percent: number;
  /** The state that the handler saved last: the object itself. */
  lastState: unknown;
  /** As JSON text, when it was saved. */
  lastText: string | undefined;

  constructor(
    start: Pick<Attempt, 'start' | 'process' | 'signal' | 'nearsEndAt' | 'percent' | 'isCancel'> & {
      /** Called when it shows that real work has raced, perhaps again. */
      readonly onRace?: () => void;
    },
  ) {
    this.#onRace = start.onRace ?? (() => {});
    this.start = start.start;
    this.process = start.process;
    this.signal = start.signal;
    this.nearsEndAt = start.nearsEndAt;
    this.percent = start.percent;
    this.isCancel = start.isCancel;
  }

  get #pending(): readonly Made[] {
    return this.#made.filter(({ isPending }) => isPending);
  }

  /**
   * Whether it does something that virtual time must wait for: it computes, reads a stream, or a stand-in is at work.
   */
  get isBusy(): boolean {
    if (this.process.isDead || this.process.isStandingStill) return false;
    const isRunning = this.#hasStarted && !this.hasEnded;
    return this.standInsRunning > this.standInsInterrupted || (isRunning && !this.#awaitsCall);
  }

  /**
   * Whether several things may go on in real time: nobody knows in which order they end. The work of one step alone has
   * an order.
   */
  get isRacing(): boolean {
    return this.#hasStarted && !this.hasEnded && !this.#awaitsCall && this.#atWork.size !== 1;
  }

  /**
   * Whether there is a call that virtual time may bring to its end. A step is none while its work goes on: only calls
   * of the work are, or of what the work waits for. Nor is a wait then: the slice does not end before the work of its
   * steps.
   */
  get #awaitsCall(): boolean {
    const isStepAtWork = this.#pending.some(({ call }) => this.#atWork.has(call));
    return this.#pending.some(({ call }) => !this.#atWork.has(call) && !(isStepAtWork && isWait(call)));
  }

  /** The handler starts. */
  begin(): void {
    this.#hasStarted = true;
    this.#turn = turnNow();
  }

  /** What goes on in a later turn, and by no call, goes on by real work, which may be over before anybody looks. */
  #noteRace(): void {
    if (this.isBusy && this.isRacing && turnNow() !== this.#turn) this.#onRace();
  }

  /** Does the work of a step. */
  async doStep<Result>(call: Call, work: () => Result | Promise<Result>): Promise<Result> {
    this.#atWork.add(call);
    this.#turn = turnNow();
    try {
      return await work();
    } finally {
      this.#noteRace();
      this.#atWork.delete(call);
    }
  }

  add(call: Call, promise: WatchedPromise<unknown>, isInStep: boolean): void {
    this.#noteRace();
    const made = { call, isInStep, promise, isPending: true };
    this.#lookForWait(made);
    this.#made.push(made);
    const settle = () => {
      made.isPending = false;
      this.#turn = turnNow();
      this.hasLooked = false;
    };
    Promise.prototype.then.call(promise, settle, settle);
    this.#maxPending = Math.max(this.#maxPending, this.#pending.length);
  }

  #lookForWait(made: Made): void {
    const isWork = ({ call, isInStep }: Made) => (isOutside(call) || call.what === 'object') && !isInStep;
    const pending = this.#pending;
    const work = isWait(made.call)
      ? pending.find(isWork)
      : [made].find((one) => isWork(one) && pending.some(({ call }) => isWait(call)));
    this.besideWait ??= work?.call;
  }

  /** A call has thrown the signal's reason. @returns whether the handler had been told before, and went on */
  countAbort(): boolean {
    this.#aborted += 1;
    // Calls that were made side by side are told each for itself.
    return this.#aborted > this.#maxPending;
  }

  get sawAbort(): boolean {
    return this.#aborted > 0;
  }

  /** A call that nobody waits for, or that was still running when the handler returned. */
  get forgotten(): Call | undefined {
    const left = this.#made.find(
      ({ call, promise, isPending }) => !promise.isAwaited || (isPending && call.what !== 'pause'),
    );
    return left?.call;
  }
}
