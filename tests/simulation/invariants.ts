import type { JobContext } from '../../shared/author/handler.ts';
import type { JobItem } from '../../shared/domain/state/job/item.ts';
import { isTerminal, type TransitionName } from '../../shared/domain/state/job/transitions.ts';
import type { JobWrite } from '../../shared/domain/state/writes/job-write.ts';
import { AttemptRule } from './attempt-rule.ts';
import { CompanyRule } from './company-rule.ts';
import type { Effect } from './effect.ts';
import { HandlerRule } from './handler-rule.ts';
import { itemRules } from './item-rules.ts';
import { OrderRules } from './order-rules.ts';
import { type TakeOverBounds, TakeOverRule } from './take-over-rule.ts';
import { byHolder, claims, forgetting, goingOn, newRun, sleeps, withoutHolder } from './transition-kinds.ts';
import { Violation } from './violation.ts';
import { isPutOff } from './wait-rule.ts';

/** They say when the job goes on. */
const waitsAfter: readonly TransitionName[] = [
  ...goingOn,
  ...(['schedule', 'replace', 'awaitHandler', 'answerWait', 'startParent'] as const),
];

/** A crash in company counts not, if nobody can try it again alone. */
const isUncountedCrash = ({ transition }: JobWrite, before: JobItem | undefined): boolean =>
  transition === 'awaitHandler' && before?.inCompany === true;

/** A job that was paused is due, or one that has waited in line. */
const isEndOfPause = ({ transition, set }: JobWrite, before: JobItem | undefined): boolean =>
  transition === 'lookAgain' &&
  set.notBefore !== undefined &&
  (before?.paused !== undefined || before?.awaitsPlace !== undefined);

/** What a handler is given when it starts. */
type Started = Pick<JobContext, 'id' | 'fencingToken' | 'resume'>;

export interface Bounds extends TakeOverBounds {
  /** How often admission may send one job on. */
  readonly maxAdmissions: number;
  /** How long after it was made a write may arrive. */
  readonly maxWriteDelayMs: number;
  /** By how much clocks differ at most. */
  readonly maxSkewMs: number;
}

/** Checks every write and every start of a handler, and throws at the first that breaks a rule. */
export class Invariants {
  readonly #claims = new Map<string, string>();
  readonly #attempts = new AttemptRule();
  /** The state last stored, now and when a claim was made. */
  readonly #saved = new Map<string, string>();
  readonly #savedAtClaim = new Map<string, string | undefined>();
  readonly #outcomes = new Map<string, number>();
  readonly #notBefore = new Map<string, number>();
  readonly #lost = new Map<string, Set<string>>();
  readonly #fingerprints = new Map<string, Set<string>>();
  readonly #fencingTokens = new Map<string, number>();

  readonly order: OrderRules;
  readonly takeOver: TakeOverRule;
  readonly company = new CompanyRule();
  readonly handlers = new HandlerRule();
  readonly #items: ReturnType<typeof itemRules>;
  readonly #maxSkewMs: number;

  constructor({ maxAdmissions, maxWriteDelayMs, maxSkewMs, ...bounds }: Bounds) {
    this.#maxSkewMs = maxSkewMs;
    this.#items = itemRules({ maxWriteDelayMs, maxSkewMs });
    this.order = new OrderRules(maxAdmissions);
    this.takeOver = new TakeOverRule(bounds);
  }

  onWrite(effect: Effect, items: ReadonlyMap<string, JobItem>): void {
    this.#checkWriter(effect);
    this.#checkTerminal(effect);
    this.#checkFigures(effect);
    this.#checkLiveLease(effect);
    this.takeOver.onWrite(effect);
    this.order.onWrite(effect);
    this.handlers.onWrite(effect);
    for (const rule of this.#items) rule.onWrite(effect);
    if (effect.write.transition === 'failExhausted') this.company.onExhausted(effect);
    if (claims.includes(effect.write.transition)) {
      this.order.onClaim(effect.after, items);
      this.company.onClaim(effect);
      this.#followClaim(effect);
    }
    this.#follow(effect);
  }

  /** A write was refused. That tells a worker that it lost its lease. */
  onRefusedWrite(instance: string, { id, transition }: JobWrite): void {
    if (byHolder.includes(transition)) this.#lost.set(instance, this.lostBy(instance).add(id));
  }

  lostBy(instance: string): Set<string> {
    return this.#lost.get(instance) ?? new Set();
  }

  /** A handler starts. */
  onStart({ id, fencingToken, resume }: Started, item: JobItem): void {
    const saved = this.#savedAtClaim.get(`${id} ${fencingToken}`);
    if (JSON.stringify(resume) !== saved)
      throw new Violation(
        'a resumed job sees the last stored state',
        `${JSON.stringify(resume)}, not ${saved}`,
      );
    this.#attempts.onStart(`${id} ${fencingToken}`, item);
    const fingerprints = (this.#fingerprints.get(id) ?? new Set()).add(item.fingerprint);
    this.#fingerprints.set(id, fingerprints);
    if (fingerprints.size > 1)
      throw new Violation('of racing bodies exactly one runs', `${id} ran with ${fingerprints.size} bodies`);
  }

  #checkWriter({ instance, write, before }: Effect): void {
    if (!byHolder.includes(write.transition)) return;
    if (before?.status !== 'running')
      throw new Violation(
        'only a running job is written to by a worker',
        `${write.transition} of ${before?.status}`,
      );
    if (this.#claims.get(`${write.id} ${before.claimId}`) !== instance)
      throw new Violation(
        'a writer without the current fencing token changes nothing',
        `${write.transition} by ${instance}`,
      );
  }

  #checkTerminal({ write, before, after }: Effect): void {
    if (!before || !isTerminal(before.status)) return;
    const outcome = ({ status, result, resultObject, run, error, finishedAt }: JobItem) =>
      JSON.stringify([status, result, resultObject, run, error, finishedAt]);
    if (outcome(before) !== outcome(after) && !forgetting.includes(write.transition))
      throw new Violation(
        'a terminal state changes by retry only',
        `${before.status} became ${after.status} by ${write.transition}`,
      );
  }

  #checkFigures({ before, after, write }: Effect): void {
    if (after.attempt > after.maxAttempts)
      throw new Violation('attempts never exceed the maximum', `attempt is ${after.attempt}`);
    if (before && after.run < before.run)
      throw new Violation(
        'the run never decreases',
        `${before.run} became ${after.run} by ${write.transition}`,
      );
    // Also over the time in which TTL has removed the item: a database outside remembers the token.
    const known = this.#fencingTokens.get(after.id) ?? 0;
    if (claims.includes(write.transition) && after.fencingToken === known)
      throw new Violation('each claim has a fencing token of its own', `${after.id} has ${known} again`);
    if (after.fencingToken < known)
      throw new Violation('the fencing token never decreases', `${known} became ${after.fencingToken}`);
    this.#fencingTokens.set(after.id, after.fencingToken);
    if (before && !forgetting.includes(write.transition) && percent(after) < percent(before))
      throw new Violation('progress never goes back', `${percent(before)} became ${percent(after)}`);
  }

  #checkLiveLease({ write, before, now }: Effect): void {
    if (!withoutHolder.includes(write.transition) || before?.status !== 'running') return;
    if ((before.leaseUntil ?? 0) > now + this.#maxSkewMs)
      throw new Violation(
        'a live lease is never failed over',
        `${write.transition} under a lease that lives`,
      );
  }

  #followClaim({ instance, write, before, after, now }: Effect): void {
    const { id } = write;
    if (before?.cancelRequested) throw new Violation('a canceled job is not started', id);
    const notBefore = Math.max(this.#notBefore.get(id) ?? 0, after.runAt ?? 0);
    if (now + this.#maxSkewMs < notBefore)
      throw new Violation('no job runs before its time', `${id} is claimed ${notBefore - now} ms too early`);
    this.#claims.set(`${id} ${after.claimId}`, instance);
    this.#savedAtClaim.set(`${id} ${after.fencingToken}`, this.#saved.get(id));
    this.#attempts.onClaim(write, after);
  }

  /** TTL has removed the item: whatever comes under its id now is another job. */
  onExpired(id: string): void {
    this.#beginLife(id);
    for (const rule of this.#items) rule.onExpired?.(id);
    for (const map of [this.#outcomes, this.#notBefore, this.#saved, this.#fingerprints]) map.delete(id);
  }

  /** The table is older than what others remember, also the databases that have compared fencing tokens. */
  onRestored({ id, fencingToken }: Pick<JobItem, 'id' | 'fencingToken'>): void {
    this.onExpired(id);
    this.#fencingTokens.set(id, fencingToken);
  }

  #beginLife(id: string): void {
    this.#attempts.beginLife(id);
    this.company.onNewLife(id);
  }

  #uncount({ write, before, after }: Pick<Effect, 'write' | 'before' | 'after'>): void {
    const { id } = after;
    if (isUncountedCrash(write, before)) this.#attempts.onUncounted(id);
    if (write.transition === 'giveBack') this.company.onUncounted(id);
    if (write.transition !== 'interrupt' && !isPutOff(write, after)) return;
    this.#attempts.onUncounted(id);
    this.company.onUncounted(id);
  }

  #follow({ write, before, after }: Effect): void {
    const { id } = write;
    if (waitsAfter.includes(write.transition) || isEndOfPause(write, before))
      this.#notBefore.set(id, write.set.notBefore ?? 0);
    this.#uncount({ write, before, after });
    // A hand-over is progress: what follows has all its attempts again.
    if (write.transition === 'handOver' || sleeps.includes(write.transition)) this.#beginLife(id);
    if (write.set.checkpoint !== undefined) this.#saved.set(id, write.set.checkpoint);
    // A streamed result is given up with the job, and its state with it.
    if (write.remove?.includes('output')) this.#saved.delete(id);
    if (newRun.includes(write.transition)) {
      this.#beginLife(id);
      this.#notBefore.delete(id);
      this.#outcomes.delete(id);
    }
    if (isTerminal(after.status) && !(before && isTerminal(before.status))) {
      const outcomes = (this.#outcomes.get(id) ?? 0) + 1;
      this.#outcomes.set(id, outcomes);
      if (outcomes > 1) throw new Violation('one outcome a run', `${id} has ${outcomes}`);
    }
  }
}

const percent = (item: JobItem): number => item.progress?.percent ?? 0;
