import { type Contracts, contractOf } from '../../shared/author/contract.ts';
import type { JobContext } from '../../shared/author/handler.ts';
import type { JobItem } from '../../shared/domain/state/job/item.ts';
import { maxLogTailOfFailure } from '../../shared/domain/state/job/item-budget.ts';
import { isTerminal } from '../../shared/domain/state/job/transitions.ts';
import type { Effect } from './effect.ts';
import { byHolder } from './transition-kinds.ts';
import { Violation } from './violation.ts';

type Started = Pick<JobContext, 'id' | 'fencingToken' | 'signal'>;

interface Run {
  readonly startedAt: number;
  /** When its handler ended, or was told to. */
  endedAt?: number;
}

interface Bounds {
  readonly contracts: () => Contracts;
  readonly heartbeatMs: number;
  /** Calls fail: then a heartbeat may have lost its lines. */
  readonly isDisturbed: boolean;
  /** Clocks are set back: then no time is measured. */
  readonly hasIlls: boolean;
}

/** Rounded to milliseconds, and shared with the other jobs of the process. */
const measurableMs = 1_000;

/** Checks that the item says what each attempt has used, and has its last lines. Every handler writes a line when it starts. */
export class ReportRule {
  readonly #runs = new Map<string, Run>();
  readonly #bounds: Bounds;

  constructor(bounds: Bounds) {
    this.#bounds = bounds;
  }

  onStart({ id, fencingToken, signal }: Started, clock: { readonly now: number }): void {
    const run: Run = { startedAt: clock.now };
    this.#runs.set(`${id} ${fencingToken}`, run);
    signal.addEventListener('abort', () => this.onEnd({ id, fencingToken }, clock));
  }

  onEnd({ id, fencingToken }: Omit<Started, 'signal'>, { now }: { readonly now: number }): void {
    const run = this.#runs.get(`${id} ${fencingToken}`);
    if (run) run.endedAt ??= now;
  }

  onWrite(effect: Effect): void {
    const { write, before, after } = effect;
    if (isTerminal(after.status) && Buffer.byteLength(after.logTail ?? '') > maxLogTailOfFailure)
      throw new Violation('a job that has ended keeps few lines', `${after.id}, after ${write.transition}`);
    if (!after.erased && usedBy(after) < usedBy(before))
      throw new Violation('what a job has used is added up', `${after.id} has used less`);
    const run = this.#runs.get(`${after.id} ${after.fencingToken}`);
    if (!run || !before || !byHolder.includes(write.transition)) return;
    // The attempt goes on.
    if (write.transition === 'closeWait') return;
    if (write.transition === 'renew') this.#checkRenewal(effect, run);
    else this.#checkEnd(effect, before, run);
  }

  #checkRenewal({ write, after }: Effect, { startedAt }: Run): void {
    const { isDisturbed, heartbeatMs } = this.#bounds;
    if (isDisturbed || (write.set.updatedAt ?? 0) - startedAt < heartbeatMs) return;
    if (!hasLines(after)) throw new Violation('a running job shows its last lines', after.id);
  }

  #checkEnd({ write, after }: Effect, before: JobItem, { startedAt, endedAt = startedAt }: Run): void {
    const { contracts, hasIlls } = this.#bounds;
    const isMeasurable = endedAt - startedAt >= measurableMs && !hasIlls;
    if (!saysUse(after) || (isMeasurable && usedBy(after) <= usedBy(before)))
      throw new Violation('what a job has used is added up', `${after.id}, after ${write.transition}`);
    const isShort =
      write.transition === 'succeed' && contractOf(contracts(), after.type)?.queue === 'standard';
    if (isShort ? after.logTail !== undefined : !hasLines(after, before.attempt))
      throw new Violation('an attempt leaves its last lines', `${after.id}, after ${write.transition}`);
  }
}

const usedBy = (item: JobItem | undefined): number => (item?.usedMbMs ?? 0) + (item?.usedServerMbMs ?? 0);

const saysUse = ({ usedMbMs, usedServerMbMs }: JobItem): boolean =>
  usedMbMs !== undefined || usedServerMbMs !== undefined;

/** Each line says of which attempt it is. */
const hasLines = ({ attempt, logTail = '' }: JobItem, of = attempt): boolean =>
  logTail.includes(`"attempt":${of},`);
