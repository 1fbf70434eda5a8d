import { JobCrashedError } from '../../server/isolation/isolation-errors.ts';
import type { JobContext } from '../../shared/author/handler.ts';
import {
  asError,
  JobCanceledError,
  JobTimeoutError,
  PermanentError,
  QueueUnavailableError,
  RetryAfterError,
  StoreUnavailableError,
} from '../../shared/domain/base/errors.ts';
import { ObjectsUnavailableError } from '../../shared/domain/objects/object-errors.ts';
import { maxInterruptions } from '../../shared/domain/state/job/interruptions.ts';
import type { JobItem } from '../../shared/domain/state/job/item.ts';
import { maxCheckpointInItem } from '../../shared/domain/state/job/item-budget.ts';
import type { TransitionName } from '../../shared/domain/state/job/transitions.ts';
import { HandOver, Interruption } from '../../shared/worker/hold/error-policy.ts';
import type { Effect, KnownOfHandlers } from './effect.ts';
import { byHolder, goingOn } from './transition-kinds.ts';
import { Violation } from './violation.ts';
import { giveBackBy } from './wait-rule.ts';

interface Run {
  readonly signal: AbortSignal;
  /** How the handler ended, and why it was aborted before that. Absent as long as it runs. */
  ended?: { readonly thrown?: Error; readonly abortedBy?: Error };
  /** The state that it began with, and whether it has given another one to be saved. */
  readonly resume: string | undefined;
  hasProgressed: boolean;
  /** Whether its states go to the bucket, which takes one every few seconds, and whether one has come to the item. */
  isLarge: boolean;
  hasSaved: boolean;
}

type Started = Pick<JobContext, 'id' | 'fencingToken' | 'signal' | 'resume'>;

const endings: readonly TransitionName[] = byHolder.filter(
  // The attempt goes on after these.
  (transition) => transition !== 'renew' && transition !== 'closeWait',
);
const noReports: ReadonlyMap<string, number> = new Map();
/** A percentage is stored with one decimal. */
const roundedBy = 0.05;

/** Checks that what is stored of an attempt is what its handler did. */
export class HandlerRule {
  readonly #runs = new Map<string, Run>();
  /**
   * The highest percentage of each claim, by its job. What a job has is replaced, never changed: a write on its way keeps
   * what was reported before it.
   */
  readonly #reported = new Map<string, ReadonlyMap<string, number>>();
  /** The objects for which the last call has failed, or is not answered yet. */
  readonly #troubled = new Set<string>();

  onObjectCall(name: string): void {
    this.#troubled.add(name);
  }

  onObjectAnswer(name: string): void {
    this.#troubled.delete(name);
  }

  onStart({ id, fencingToken, signal, resume }: Started): void {
    const claim = `${id} ${fencingToken}`;
    if (this.#reportedOf(id).has(claim)) this.#report(id, claim, 0);
    this.#runs.set(claim, {
      signal,
      resume: JSON.stringify(resume),
      hasProgressed: false,
      isLarge: false,
      hasSaved: false,
    });
  }

  onCheckpoint({ id, fencingToken, signal }: Started, state: unknown): void {
    const run = this.#runs.get(`${id} ${fencingToken}`);
    if (!run || run.ended || signal.aborted) return;
    const text = JSON.stringify(state);
    run.hasProgressed ||= text !== run.resume;
    run.isLarge ||= Buffer.byteLength(text) > maxCheckpointInItem;
  }

  /** It streams its result. */
  onOutput({ id, fencingToken }: Started): void {
    const run = this.#runs.get(`${id} ${fencingToken}`);
    if (run) run.isLarge = true;
  }

  /** A step is done that was not done before. */
  onStep({ id, fencingToken, signal }: Started): void {
    const run = this.#runs.get(`${id} ${fencingToken}`);
    if (run && !run.ended && !signal.aborted) run.hasProgressed = true;
  }

  onProgress({ id, fencingToken }: Started, percent: number): void {
    const claim = `${id} ${fencingToken}`;
    const run = this.#runs.get(claim);
    if (run && !run.ended) this.#report(id, claim, Math.max(this.#reportedOf(id).get(claim) ?? 0, percent));
  }

  #report(id: string, claim: string, percent: number): void {
    this.#reported.set(id, new Map([...this.#reportedOf(id), [claim, percent]]));
  }

  #reportedOf(id: string): ReadonlyMap<string, number> {
    return this.#reported.get(id) ?? noReports;
  }

  knownOf(id: string): KnownOfHandlers {
    return {
      reported: this.#reportedOf(id),
      isTroubled: [...this.#troubled].some((name) => name.includes(id)),
    };
  }

  onEnd({ id, fencingToken, signal }: Started, thrown?: unknown): void {
    const run = this.#runs.get(`${id} ${fencingToken}`);
    if (!run) return;
    run.ended = {
      ...(thrown === undefined ? {} : { thrown: asError(thrown) }),
      ...(signal.aborted ? { abortedBy: asError(signal.reason) } : {}),
    };
  }

  onWrite({ write: { transition, set }, before, after, madeAfter }: Effect): void {
    const claim = `${after.id} ${after.fencingToken}`;
    const run = this.#runs.get(claim);
    if (!run || !before) return;
    // However late it takes effect, and whatever was reported since.
    if (byHolder.includes(transition)) checkProgress(madeAfter.reported.get(claim) ?? 0, after);
    run.hasSaved ||= set.checkpoint !== undefined && set.checkpoint !== run.resume;
    // A slice writes its steps only if there are new ones.
    run.hasProgressed ||= set.steps !== undefined;
    if (!endings.includes(transition)) return;
    const ending = endingOf(run, before);
    const due =
      ending === 'release' ? giveBackBy(after) : unlessAnswered(ending, transition, { run, before });
    const isCancel = transition === 'stop' && before.cancelRequested && goingOn.includes(due ?? 'fail');
    const isUnstored = due === 'succeed' && mayLackResult(run, transition, { before, ...madeAfter });
    const isUnsaved =
      due === 'handOver' && run.isLarge && !run.hasSaved && transition === interruptionOf(before);
    // Several crashes in a row are the fault of the server.
    const isBlamed =
      run.ended?.thrown instanceof JobCrashedError && transition === interruptedBy(run, before);
    // Whether it has waited for too long, the wait rule says.
    const isGivenUp = transition === 'fail' && isPutOff(errorOf(run));
    if (
      due !== undefined &&
      due !== transition &&
      !isCancel &&
      !isUnstored &&
      !isUnsaved &&
      !isBlamed &&
      !isGivenUp
    )
      throw new Violation('an attempt ends as its handler did', `${transition} of ${after.id}, not ${due}`);
  }
}

/** If an answer has come that the slice did not know of, the next one begins at once. */
function unlessAnswered(
  ending: TransitionName | undefined,
  made: TransitionName,
  { run, before }: { readonly run: Run; readonly before: JobItem },
): TransitionName | undefined {
  const error = errorOf(run);
  const isAnswered = error instanceof HandOver && error.forSignals?.signals !== before.signals;
  return ending === 'awaitSignal' && made === 'handOver' && isAnswered ? made : ending;
}

/**
 * A result that is not stored is no result: the bucket is out of reach, or is so slow that the server stops meanwhile. And a
 * cancel may come before it is stored.
 */
function mayLackResult(
  run: Run,
  transition: TransitionName,
  { before, isTroubled }: Pick<KnownOfHandlers, 'isTroubled'> & { readonly before: JobItem },
): boolean {
  const reason = run.signal.aborted ? asError(run.signal.reason) : undefined;
  if (transition === 'stop' && before.cancelRequested)
    return isTroubled || reason instanceof JobCanceledError;
  if (!isTroubled) return false;
  if (!reason || !isInterruption(reason)) return ['fail', 'release'].includes(transition);
  return transition === interruptedBy(run, before);
}

const interruptedBy = ({ hasProgressed }: Run, before: JobItem): TransitionName =>
  hasProgressed ? 'handOver' : interruptionOf(before);

function checkProgress(percent: number, { id, progress }: JobItem): void {
  if ((progress?.percent ?? 0) < percent - roundedBy)
    throw new Violation('a job shows the progress that it reported', `${id} shows less than ${percent}`);
}

function errorOf({ signal, ended }: Run): Error | undefined {
  const abortedBy = ended ? ended.abortedBy : signal.aborted ? asError(signal.reason) : undefined;
  const inGrace = abortedBy instanceof JobTimeoutError && ended && !ended.thrown;
  return inGrace ? undefined : (abortedBy ?? ended?.thrown);
}

function endingOf(run: Run, item: JobItem): TransitionName | undefined {
  const { ended, hasProgressed } = run;
  const error = errorOf(run);
  if (!error) return ended ? 'succeed' : undefined;
  return isInterruption(error) && hasProgressed ? 'handOver' : endingAfter(error, item);
}

function endingAfter(error: Error, item: JobItem): TransitionName {
  if (error instanceof HandOver) {
    if (error.sleepMs === undefined) return 'handOver';
    return error.forSignals ? 'awaitSignal' : 'sleep';
  }
  if (error instanceof JobCanceledError) return 'stop';
  if (isInterruption(error)) return interruptionOf(item);
  if (isPutOff(error)) return 'release';
  return error instanceof PermanentError || item.attempt >= item.maxAttempts ? 'fail' : 'release';
}

/** Its attempt does not count: the handler asks for that, or something of the stage's own is out of reach. */
const isPutOff = (error: Error | undefined): boolean =>
  error instanceof RetryAfterError || (error !== undefined && isOutage(error));

const isOutage = (error: Error): boolean =>
  error instanceof ObjectsUnavailableError ||
  error instanceof StoreUnavailableError ||
  error instanceof QueueUnavailableError ||
  (!(error instanceof PermanentError) && error.cause instanceof Error && isOutage(error.cause));

/** A full disk is the fault of the server. */
const isInterruption = (error: Error): boolean =>
  error instanceof Interruption || ('code' in error && error.code === 'ENOSPC');

const interruptionOf = ({ interruptions = 0 }: JobItem): TransitionName =>
  interruptions + 1 < maxInterruptions ? 'interrupt' : 'fail';
