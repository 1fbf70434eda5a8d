import { type Contracts, contractOf } from '../../author/contract.ts';
import { askDebounce, type DebounceKey, noDebounceKey } from '../../author/unique-key.ts';
import { defined } from '../../domain/base/defined.ts';
import { InvalidRequestError, KeyReusedError, StoreUnavailableError } from '../../domain/base/errors.ts';
import { keyedJobId } from '../../domain/base/fingerprint.ts';
import { maxQueueDelaySeconds } from '../../domain/base/schedule-time.ts';
import { debouncedJobId, debounceKeyId } from '../../domain/base/unique-id.ts';
import { inSpan, type SpanStart } from '../../domain/observe/trace.ts';
import { isDebouncing, type JobItem } from '../../domain/state/job/item.ts';
import { type JobMessage, readMessage } from '../../domain/state/job/message.ts';
import { pointerTo } from '../../domain/state/job/pointer.ts';
import type { FirstTry } from '../../domain/state/limits/first-tries.ts';
import { debounceWrite, replaceWrite } from '../../domain/state/writes/debounce-writes.ts';
import { JobErasedError, keepFirstTry } from './keyed-job-id.ts';
import type { Submission, SubmitDependencies, Submitted } from './submission.ts';

interface Dependencies
  extends Pick<
    SubmitDependencies,
    | 'store'
    | 'debounces'
    | 'firstTries'
    | 'pointers'
    | 'clock'
    | 'jobIdSecret'
    | 'tracer'
    | 'door'
    | 'keepPayload'
  > {
  readonly fingerprint: string;
  readonly spanOf: (job: Pick<JobMessage, 'id' | 'tenant' | 'type'> & Pick<SpanStart, 'parent'>) => SpanStart;
  /** Checks a submission as one of any type. @throws what a submission that is refused throws */
  readonly check: (submission: Submission, id: string) => Promise<JobMessage>;
}

/** Others submit and admission lets jobs run meanwhile, but only so often. */
const maxTries = 10;

/**
 * What the type of a submission says of its key.
 * @returns undefined if the type is not debounced
 * @throws InvalidRequestError if it cannot say that, or if the submission says what a debounced job cannot have
 */
export function debounceOf(
  submission: Submission,
  { contracts }: { readonly contracts: Contracts },
): DebounceKey | undefined {
  const contract = contractOf(contracts, submission.type);
  if (!contract?.debounce) return undefined;
  const wrong = notWithDebounce.filter((name) => (submission[name] ?? 0) !== 0);
  if (wrong.length > 0) {
    const detail = 'jobs of this type are debounced: their type says when they run, and in no order';
    const violations = wrong.map((name) => ({ pointer: `/${name}`, detail }));
    throw new InvalidRequestError('A debounced job cannot have that.', violations);
  }
  try {
    return askDebounce(contract, submission);
  } catch (cause) {
    const violations = [{ pointer: '/payload', detail: noDebounceKey }];
    throw new InvalidRequestError('It cannot be told whether there is such a job.', violations, { cause });
  }
}

const notWithDebounce = ['group', 'dependsOn', 'delaySeconds', 'runAt', 'startBefore'] as const;

/** The job of a debounce key that a submission would be part of. */
interface CurrentJob {
  readonly number: number;
  readonly id: string;
  /** It, if it is there and waits for more submissions, with the message that it keeps. */
  readonly waiting?: {
    readonly item: JobItem & { readonly debounced: NonNullable<JobItem['debounced']> };
    readonly message: JobMessage;
  };
  /** Which of its submissions it would be. */
  readonly nth: number;
}

/**
 * Accepts a submission of a debounced type: it makes a job, or replaces the payload of the one that waits for more
 * submissions.
 * @throws what `acceptJob` throws
 */
export async function acceptDebounced(
  submission: Submission,
  debounce: DebounceKey,
  deps: Dependencies,
): Promise<Submitted> {
  const submitting = new DebouncedSubmission(submission, debounce, deps);
  for (let tries = 0; tries < maxTries; tries += 1) {
    const submitted = await submitting.attempt();
    if (submitted) return submitted;
  }
  throw new StoreUnavailableError(`the job of a debounce key changed ${maxTries} times`);
}

class DebouncedSubmission {
  readonly #submission: Submission;
  readonly #debounce: DebounceKey;
  readonly #deps: Dependencies;
  readonly #of: { readonly tenant: string; readonly type: string; readonly key: string };

  constructor(submission: Submission, debounce: DebounceKey, deps: Dependencies) {
    this.#submission = submission;
    this.#debounce = debounce;
    this.#deps = deps;
    this.#of = { tenant: submission.tenant, type: submission.type, key: debounce.key };
  }

  /** @returns undefined if the job has gone on meanwhile */
  async attempt(): Promise<Submitted | undefined> {
    const current = await this.#current();
    if (!current) return undefined;
    const earlier = await this.#earlier(current);
    if (earlier) return earlier.submitted;
    const { tracer, spanOf } = this.#deps;
    const { tenant, type, traceparent: parent } = this.#submission;
    return inSpan(tracer, spanOf({ id: current.id, tenant, type, parent }), async (traceparent) => {
      const submission = { ...this.#submission, traceparent };
      const job = await (current.waiting
        ? this.#replace(current.waiting, submission)
        : this.#make(current, submission));
      return job && { job, replayed: false, ...defined({ traceparent }) };
    });
  }

  /** @returns undefined if somebody else has begun the next job meanwhile */
  async #current(): Promise<CurrentJob | undefined> {
    const { debounces, store, clock } = this.#deps;
    const keyId = debounceKeyId(this.#of);
    const from = await debounces.read(keyId);
    if (from !== undefined) {
      const id = debouncedJobId(this.#of, from);
      const item = await store.read(id);
      if (!item) return { number: from, id, nth: 1 };
      const waiting = waitingOf(item);
      if (waiting) return { number: from, id, waiting, nth: waiting.item.debounced.submissions + 1 };
    }
    // The current job takes no more submissions, and never will.
    const now = clock.now();
    const to = Math.max((from ?? 0) + 1, now);
    const isRaised = await debounces.raise(keyId, { from, to }, now);
    return isRaised ? { number: to, id: debouncedJobId(this.#of, to), nth: 1 } : undefined;
  }

  /**
   * Looks whether the submission came before, with the same Idempotency-Key. Its first try says which job it was to be
   * part of, and as which submission. If that job has had so many, it was part of it: as the last, or replaced by
   * another that came at the same time.
   * @returns undefined if it is to be part of the current job; without `submitted`, the current job is to be looked for
   * again
   */
  async #earlier({
    number,
    id,
    nth,
    waiting,
  }: CurrentJob): Promise<{ readonly submitted: Submitted | undefined } | undefined> {
    const { firstTries, store, clock, jobIdSecret } = this.#deps;
    const { idempotencyKey, tenant } = this.#submission;
    if (idempotencyKey === undefined) return undefined;
    const keyId = keyedJobId(jobIdSecret, tenant, idempotencyKey);
    const wanted: FirstTry = { jobId: id, windowStart: number, nth };
    const isThere = async () => waiting !== undefined;
    const first = await keepFirstTry({ tenant, keyId, first: wanted, isThere }, this.#deps);
    if (first.jobId !== debouncedJobId(this.#of, first.windowStart))
      throw new KeyReusedError('This Idempotency-Key was used before, with another request.');
    if (first.jobId === id && first.nth === nth) return undefined;
    const job = await store.read(first.jobId);
    if (job?.erased) throw new JobErasedError('The job of this Idempotency-Key was erased.', job.id);
    if (job && submissionsOf(job) >= (first.nth ?? 1)) {
      await this.#bring(job);
      return { submitted: { job, replayed: true } };
    }
    if (first.jobId === id) return undefined;
    // It was not part of that job, and never will be.
    await firstTries.move(keyId, { from: first, to: wanted }, clock.now());
    return { submitted: undefined };
  }

  async #make({ id }: CurrentJob, submission: Submission): Promise<JobItem | undefined> {
    const { store, door, keepPayload } = this.#deps;
    const { message, dueAt } = await this.#checked(submission, { id, latestAt: Infinity });
    await door?.enter(submission.tenant, { id, waits: true });
    const latestAt = message.submittedAt + this.#debounce.maxDelayMs;
    const kept = await keepPayload?.(message);
    const made = await store.write(
      debounceWrite(message, { dueAt: Math.min(dueAt, latestAt), latestAt }, kept),
    );
    const job = made ?? (await store.read(id));
    // The answer to this write may be lost: nobody else sends a pointer then.
    if (job) await this.#bring(job);
    // If somebody else has made the job meanwhile, this submission came before, and is replaced.
    return job?.debounced ? job : undefined;
  }

  async #replace(
    { item, message: first }: NonNullable<CurrentJob['waiting']>,
    submission: Submission,
  ): Promise<JobItem | undefined> {
    const { store, door, clock, keepPayload, fingerprint } = this.#deps;
    const { id, debounced } = item;
    const { message: checked, dueAt } = await this.#checked(submission, { id, latestAt: debounced.latestAt });
    // With an Idempotency-Key it was let in before that was kept.
    if (submission.idempotencyKey === undefined) await door?.repeat?.(submission.tenant);
    const message = { ...first, payload: checked.payload, fingerprint };
    const kept = await keepPayload?.(message);
    const replacing = { message, dueAt, ...defined({ kept }) };
    const replaced = await store.write(replaceWrite(item, replacing, clock.now()));
    if (replaced) return replaced;
    const now = await store.read(id);
    // Another submission came at the same time, and replaces this one. Or it is this one, whose answer was lost.
    return now && submissionsOf(now) > debounced.submissions ? now : undefined;
  }

  /** The time of the job is no part of its message. */
  async #checked(
    submission: Submission,
    { id, latestAt }: { readonly id: string; readonly latestAt: number },
  ): Promise<{ readonly message: JobMessage; readonly dueAt: number }> {
    const { clock, check } = this.#deps;
    const dueAt = Math.min(clock.now() + this.#debounce.delayMs, latestAt);
    const message = await check({ ...submission, runAt: dueAt, mayBePast: true }, id);
    const { runAt: _, ...options } = message.options;
    return { message: { ...message, options }, dueAt };
  }

  /** Sends a pointer that brings the job back when it is due, or that looks then whether it is. */
  async #bring(job: JobItem): Promise<void> {
    if (!isDebouncing(job)) return;
    const seconds = ((job.notBefore ?? 0) - this.#deps.clock.now()) / 1000;
    await this.#deps.pointers.send(
      pointerTo(job),
      Math.min(Math.max(0, seconds), maxQueueDelaySeconds),
      job.tenant,
    );
  }
}

const submissionsOf = ({ debounced }: JobItem): number => debounced?.submissions ?? 0;

function waitingOf(item: JobItem): CurrentJob['waiting'] {
  const { debounced, message: text } = item;
  if (!debounced || text === undefined || !isDebouncing(item)) return undefined;
  const message = readMessage(text);
  return message instanceof Error ? undefined : { item: { ...item, debounced }, message };
}
