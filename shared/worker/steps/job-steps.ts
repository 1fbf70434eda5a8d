import type { JobContract } from '../../author/contract.ts';
import type { StepOptions } from '../../author/handler.ts';
import type { SecretValues } from '../../author/secret-values.ts';
import type { WaitOptions } from '../../author/waits.ts';
import { backoffMs } from '../../delivery/disposition.ts';
import { defined } from '../../domain/base/defined.ts';
import {
  asError,
  OpenWaitError,
  PermanentError,
  RetryAfterError,
  StepError,
  StepFailedError,
} from '../../domain/base/errors.ts';
import type { Clock, Random } from '../../domain/base/ports.ts';
import { readJson } from '../../domain/base/read-json.ts';
import { dayMs } from '../../domain/base/schedule-time.ts';
import type { JobError } from '../../domain/state/job/item.ts';
import type { StepRecord } from '../../domain/state/stored/saved-steps.ts';
import { isOutage, storedErrorOf } from '../hold/error-policy.ts';
import { keyTaken, type StepMemo } from './step-memo.ts';
import type { StepOutput } from './step-output.ts';
import { requireOutside, runInside } from './step-work.ts';

/** When the slice must end. */
export interface SliceEnd {
  /** Whether there is too little time for another step, or for one after a pause. */
  isNear(pauseMs?: number): boolean;
  /** Notes how long a step has taken. The next one may take as long. */
  took(milliseconds: number): void;
}

/** The waits that are open in a slice. */
export class OpenWaits {
  /** When each ends, epoch milliseconds, by its key. */
  readonly #ends = new Map<string, number>();

  open(key: string, endsAt: number): void {
    this.#ends.set(key, endsAt);
  }

  get firstEnd(): number {
    return Math.min(...this.#ends.values());
  }

  /**
   * The handler has returned. A wait that it has left open would never have come to an end.
   * @throws OpenWaitError
   */
  requireNone(): void {
    const [key] = this.#ends.keys();
    if (key !== undefined)
      throw new OpenWaitError(
        `the handler has returned while "${key}" waits: await each wait, and race none`,
      );
  }
}

interface Stepping {
  readonly contract: JobContract;
  readonly run: number;
  readonly memo: Pick<StepMemo, 'find' | 'keep'>;
  readonly output: Pick<StepOutput, 'keep' | 'drop'>;
  readonly secrets: SecretValues;
  readonly signal: AbortSignal;
  readonly sliceEnd: SliceEnd;
  readonly waits: OpenWaits;
  /** Ends the slice. */
  readonly handOver: (sleepMs?: number) => never;
}

interface StepDependencies {
  readonly clock: Clock;
  readonly random: Random;
}

type Work = () => unknown;

const maxKey = 200;
export const maxWaitMs = 366 * dayMs;
const maxRetries = 1_000;
/** For a longer pause before another try, the job leaves its worker. */
const maxPauseMs = 5_000;

/**
 * The steps and waits of one slice. The handler starts at its top in every slice: what has a record under its key
 * returns at once. A slice ends in a wait when no step is running any more.
 */
export class JobSteps {
  readonly #stepping: Stepping;
  readonly #deps: StepDependencies;
  readonly #asked = new Set<string>();
  readonly #running = new Set<Promise<unknown>>();

  constructor(stepping: Stepping, deps: StepDependencies) {
    this.#stepping = stepping;
    this.#deps = deps;
  }

  /** See `JobContext.step`. */
  async step(key: string, work: Work, { retries }: StepOptions = {}): Promise<unknown> {
    this.take(key);
    requireRetries(retries);
    for (;;) {
      const record = this.#stepping.memo.find(key);
      requireStep(record);
      if (record && !record.failed) return copyOf(record.result);
      // A retry by the user forgets failures.
      const failed = record?.failed?.run === this.#stepping.run ? record.failed : undefined;
      if (failed?.isFinal) throw failedForGood(key, failed.error);
      if (this.#stepping.sliceEnd.isNear()) await this.endSlice();
      const tries = failed?.tries ?? 0;
      const done = await this.tracked(() => this.#try(key, work, { retries, tries }));
      if (done) return copyOf(done.result);
      await this.#pause(key, tries + 1);
    }
  }

  /** See `JobContext.waitFor`. */
  async waitFor(key: string, { until }: WaitOptions): Promise<void> {
    this.take(key);
    const { memo } = this.#stepping;
    const record = memo.find(key) ?? { key, result: this.timeOf(until) };
    const { result: at } = record;
    if (typeof at !== 'number') throw keyTaken(key);
    if (memo.find(key) === undefined) await this.tracked(() => memo.keep(record));
    if (this.#deps.clock.now() < at) await this.endSlice(at, key);
  }

  /** Takes a key for a step or a wait. @throws StepError if it is no key, or comes twice */
  take(key: string): void {
    requireOutside(key);
    if (typeof key !== 'string' || key === '' || key.length > maxKey)
      throw new StepError(`the key of a step is a text of 1 to ${maxKey} characters`);
    if (this.#asked.has(key)) throw new StepError(`the key "${key}" is that of another step of this job`);
    this.#asked.add(key);
  }

  /** When a wait ends that begins now, epoch milliseconds. @throws StepError */
  timeOf(until: Date | number): number {
    const now = this.#deps.clock.now();
    const at = typeof until === 'number' ? now + until * 1000 : until.getTime();
    if (!(at <= now + maxWaitMs)) throw new StepError('a job waits for up to 366 days');
    return Math.round(at);
  }

  /** Does the work once. @returns undefined if it is to be tried again, after a pause */
  async #try(
    key: string,
    work: Work,
    { retries, tries }: { readonly retries: number | undefined; readonly tries: number },
  ): Promise<StepRecord | undefined> {
    const { memo, output, run, secrets, signal, sliceEnd } = this.#stepping;
    const startedAt = this.#deps.clock.now();
    const outcome = await outcomeOf(key, work);
    sliceEnd.took(this.#deps.clock.now() - startedAt);
    // What a work makes of the abort is no outcome of its own.
    if (signal.aborted) throw asError(signal.reason);
    if (!('thrown' in outcome)) {
      const record = { key, ...outcome };
      await output.keep(record);
      return record;
    }
    output.drop(key);
    const error = secrets.hideError(outcome.thrown);
    if (retries === undefined || !isOfStep(error)) throw error;
    const isFinal = error instanceof PermanentError || tries >= retries;
    const failed = { run, tries: tries + 1, isFinal, error: storedErrorOf(error) };
    await memo.keep({ key, failed });
    if (isFinal) throw failedForGood(key, failed.error);
    return undefined;
  }

  /** @param tries that have failed */
  async #pause(key: string, tries: number): Promise<void> {
    const { clock, random } = this.#deps;
    const { contract, sliceEnd, signal } = this.#stepping;
    const ms = backoffMs(tries, random.fraction(), contract.retry);
    if (ms > maxPauseMs || sliceEnd.isNear(ms)) await this.endSlice(clock.now() + ms, key);
    await clock.sleep(ms, signal);
    if (signal.aborted) throw asError(signal.reason);
  }

  /** The slice does not end before this. */
  async tracked<T>(run: () => Promise<T>): Promise<T> {
    const running = run();
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  /**
   * Ends the slice when no step is running: what they come to is stored first.
   * @param wakeAt epoch milliseconds, of a wait; Infinity for one that no time ends @param key of that
   */
  async endSlice(wakeAt?: number, key = ''): Promise<never> {
    const { signal, handOver, waits } = this.#stepping;
    const { clock } = this.#deps;
    if (wakeAt !== undefined) waits.open(key, wakeAt);
    do {
      await Promise.allSettled(this.#running);
      // The handler may start its next step with what one has come to.
      await clock.sleep(0, signal);
      if (signal.aborted) throw asError(signal.reason);
    } while (this.#running.size > 0);
    // Who has no wait needs but another invocation.
    return handOver(
      wakeAt === undefined ? undefined : Math.min(Math.max(0, waits.firstEnd - clock.now()), maxWaitMs),
    );
  }
}

/** @throws StepError */
function requireStep(record: StepRecord | undefined): void {
  if (record?.wait || record?.batch)
    throw new StepError(`the key "${record.key}" was that of a wait, or of children, before`);
  if (record?.submitted) throw new StepError(`the key "${record.key}" was that of a submitted job before`);
}

/** @throws StepError */
function requireRetries(retries: number | undefined): void {
  if (retries === undefined || (Number.isInteger(retries) && retries >= 0 && retries <= maxRetries)) return;
  throw new StepError(`retries must be a whole number from 0 to ${maxRetries}`);
}

/** What fails for its own reasons: not a wait that it asks for, nor an outage, nor a misuse of steps. */
const isOfStep = (error: Error): boolean =>
  !(error instanceof RetryAfterError || error instanceof StepError || isOutage(error));

const failedForGood = (key: string, { name, message }: JobError): StepFailedError =>
  new StepFailedError(`the step "${key}" failed: ${name}: ${message}`);

async function outcomeOf(
  key: string,
  work: Work,
): Promise<{ readonly result?: unknown } | { readonly thrown: Error }> {
  try {
    return defined({ result: jsonOf(await runInside(key, work)) });
  } catch (thrown) {
    return { thrown: asError(thrown) };
  }
}

/** What a step returns, as JSON has it. @throws StepError if JSON cannot write it */
export function jsonOf(result: unknown): unknown {
  try {
    const text = JSON.stringify(result);
    return text === undefined ? undefined : readJson(text);
  } catch (cause) {
    throw new StepError('what a step returns is not JSON', { cause });
  }
}

/** The handler may change what it is given. */
const copyOf = (result: unknown): unknown => structuredClone(result);
