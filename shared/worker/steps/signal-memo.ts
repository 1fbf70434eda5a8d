import { LeaseLostError, StepError, StoreUnavailableError } from '../../domain/base/errors.ts';
import type { Clock } from '../../domain/base/ports.ts';
import { readJson } from '../../domain/base/read-json.ts';
import type { ObjectStore } from '../../domain/objects/object-ports.ts';
import { stateNameOf } from '../../domain/objects/stored-object.ts';
import type { JobItem } from '../../domain/state/job/item.ts';
import { maxSignalsInItem } from '../../domain/state/job/item-budget.ts';
import { isClaimed } from '../../domain/state/job/transitions.ts';
import type { JobStore } from '../../domain/state/ports.ts';
import {
  type Answer,
  type ClosedBy,
  type Decision,
  decisionOf,
  type OpenWait,
  readSavedSignals,
  type Wait,
  withOpen,
} from '../../domain/state/stored/saved-signals.ts';
import { readText } from '../../domain/state/stored/stored-text.ts';
import type { Lease, SignalWaits } from '../../domain/state/writes/holder-writes.ts';
import { closeWaitWrite } from '../../domain/state/writes/signal-writes.ts';

interface SignalDependencies {
  readonly store: JobStore;
  readonly objects: Pick<ObjectStore, 'read'>;
  readonly clock: Clock;
}

/** Signals change as often as somebody sends one. */
const maxTries = 8;

/**
 * The answers that were sent to a job, as its worker has read them last. Others write them: so each write of the worker
 * that depends on them is refused if they have changed since.
 */
export class SignalMemo {
  readonly #lease: Lease;
  readonly #deps: SignalDependencies;
  #text: string | undefined;
  readonly #taken: Wait[] = [];
  readonly #open: OpenWait[] = [];

  constructor(lease: Lease, deps: SignalDependencies) {
    this.#lease = lease;
    this.#deps = deps;
    this.#text = lease.item.signals;
  }

  /** As they were read last, JSON text. */
  get text(): string | undefined {
    return this.#text;
  }

  /** Takes note of an item that was read, or came back from a write. */
  follow({ signals }: Pick<JobItem, 'signals'>): void {
    this.#text = signals;
  }

  /** What a wait has come to, as far as the worker knows. */
  decisionOf(wait: Wait): Decision | undefined {
    return decisionOf(readSavedSignals(this.#text), wait, this.#lease.message.run);
  }

  /** @returns the answer as JSON has it. @throws MissingObjectError, ObjectsUnavailableError */
  async valueOf({ value, object }: Answer): Promise<unknown> {
    if (object === undefined) return value;
    return readJson(await readText(stateNameOf(this.#lease.item, object), this.#deps.objects));
  }

  /** The slice has asked for it: its answer is early no more. */
  take({ name, key }: Wait): void {
    this.#taken.push({ name, key });
  }

  /** The slice is to end with it. @throws StepError if the item has no room for it */
  open(wait: OpenWait): void {
    this.#open.push(wait);
    const bytes = Buffer.byteLength(
      withOpen(readSavedSignals(this.#text), { waits: this.#open, taken: [], until: wait.until }),
    );
    if (bytes > maxSignalsInItem)
      throw new StepError('the job has waited for too many answers: start another job for what comes next');
  }

  /**
   * Ends a wait whose time is over, or whose children have ended, unless its answer has come.
   * @returns what was decided: by this write, or by one before
   * @throws LeaseLostError, StoreUnavailableError
   */
  async close(wait: Omit<OpenWait, 'until'>, by: ClosedBy): Promise<Decision> {
    const { store, clock } = this.#deps;
    const { item: claimed } = this.#lease;
    for (let tries = 0; tries < maxTries; tries += 1) {
      const decision = this.decisionOf(wait);
      if (decision) return decision;
      const closing = { signals: this.#text, wait, by, now: clock.now() };
      const item =
        (await store.write(closeWaitWrite(this.#lease, closing))) ?? (await store.read(claimed.id));
      if (!item || !isClaimed(item.status) || item.fencingToken !== claimed.fencingToken)
        throw new LeaseLostError('another worker has the job');
      this.follow(item);
    }
    throw new StoreUnavailableError(`signals of job ${claimed.id} changed ${maxTries} times`);
  }

  /**
   * The wait for answers with which the slice ends. `isOver`: one has come meanwhile, and the next slice is to begin at
   * once.
   */
  atEnd(): { readonly isOver: boolean; readonly forSignals?: SignalWaits } {
    const [signals, waits] = [this.#text, this.#open];
    if (waits.length === 0) return { isOver: false };
    if (waits.some((wait) => this.decisionOf(wait))) return { isOver: true };
    return { isOver: false, forSignals: { signals, waits, taken: this.#taken } };
  }
}
