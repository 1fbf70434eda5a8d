import type { JobContext } from '../../shared/author/handler.ts';
import type { JobItem } from '../../shared/domain/state/job/item.ts';
import { isTerminal, type TransitionName } from '../../shared/domain/state/job/transitions.ts';
import { readSavedSignals, type Wait } from '../../shared/domain/state/stored/saved-signals.ts';
import { answerPrintOf } from '../../shared/operations/act/signal-job.ts';
import { afterLossesMs } from './after-losses.ts';
import type { Effect } from './effect.ts';
import { lateByMs } from './forces.ts';
import { claims } from './transition-kinds.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

const minuteMs = 60_000;
/** Of a group, whose message may be hidden for so long, until it comes back by itself. */
const hiddenMs = 60 * minuteMs;

const brings: readonly TransitionName[] = ['storeSignal', 'answerWait'];

type Sent = Partial<Wait> & { readonly name: string; readonly value: unknown };
type Holder = Pick<JobContext, 'id' | 'run' | 'fencingToken'>;

const isSame = (one: Wait, other: Wait): boolean => one.name === other.name && one.key === other.key;

/** What was answered with 202 is kept, counts once, and starts the job that waits for it. What a wait has come to stays. */
export class SignalRule {
  readonly #world: World;
  /** When it was promised to somebody that a job goes on, by the job's id. */
  readonly #promised = new Map<string, number>();
  /** What each job waits for, as the worker meant to store it. */
  readonly #open = new Map<string, readonly Wait[]>();
  /** The jobs that waited for an answer when it was stored, and that no worker has taken since. */
  readonly #awaited = new Set<string>();
  readonly #decisions = new Map<string, string>();

  constructor(world: World) {
    this.#world = world;
  }

  /** A call was answered with 202. */
  onAccepted(id: string, { name, key = name, value }: Sent): void {
    const { table, time } = this.#world;
    const item = table.items.get(id);
    if (!item || item.erased) return;
    const { answers } = readSavedSignals(item.signals);
    const stored = answers.filter((one) => isSame(one, { name, key }));
    if (stored.length !== 1 || stored[0]?.fingerprint !== answerPrintOf(value))
      throw new Violation(
        'an answer that was accepted is stored, once',
        `${key} of ${id}: ${JSON.stringify(stored)}`,
      );
    if (this.#awaited.has(id) && !this.#promised.has(id)) this.#promised.set(id, time.now);
  }

  onWrite({ write, before, after, now }: Effect): void {
    if (after.erased) return;
    if (before) requireKept(before, after, write.transition);
    const isOpen = (one: Wait) => this.#open.get(after.id)?.some((wait) => isSame(one, wait)) ?? false;
    const isAwaited = before !== undefined && readSavedSignals(after.signals).answers.some(isOpen);
    if (isAwaited) this.#awaited.add(after.id);
    if (brings.includes(write.transition) && isTerminal(after.status))
      throw new Violation('a job that has ended takes no answer', `${after.id} is ${after.status}`);
    if (write.transition === 'answerWait' && !isAwaited)
      throw new Violation('an answer starts only a job that waits for it', after.id);
    if (write.transition === 'awaitSignal')
      this.#open.set(after.id, readSavedSignals(write.set.signals).open?.waits ?? []);
    if (claims.includes(write.transition) || isTerminal(after.status)) {
      this.#open.delete(after.id);
      this.#keepPromise(after, now);
    }
  }

  /** A handler is told what a wait has come to. */
  onDecision(job: Holder, key: string, decision: unknown): void {
    const { table } = this.#world;
    const item = table.items.get(job.id);
    if (item?.status !== 'running' || item.fencingToken !== job.fencingToken) return;
    const text = JSON.stringify(decision);
    const isClosed = !text.startsWith('{"by":"signal"');
    const ofRun = `${job.id} ${key} ${job.run}`;
    const ofJob = `${job.id} ${key}`;
    const before = this.#decisions.get(ofJob) ?? this.#decisions.get(ofRun);
    if (before !== undefined && before !== text)
      throw new Violation('what a wait has come to stays', `${key} of ${job.id}: ${before}, then ${text}`);
    this.#decisions.set(isClosed ? ofRun : ofJob, text);
  }

  onEnd(): void {
    for (const [id] of this.#promised)
      if (!this.#world.table.items.get(id)?.erased)
        throw new Violation('an answer starts the job that waits for it', `${id} was never started`);
  }

  #keepPromise({ id, group }: JobItem, now: number): void {
    const { plan, chaos, net, builds } = this.#world.settings;
    const isDisturbed = plan !== undefined || chaos || net || builds !== undefined;
    const since = this.#promised.get(id) ?? now;
    const boundMs =
      lateByMs(this.#world.forces) +
      (isDisturbed ? afterLossesMs(this.#world, since) + 5 * minuteMs : minuteMs) +
      (isDisturbed && group !== undefined ? hiddenMs : 0) +
      (builds?.forMs ?? 0);
    const lateMs = now - since;
    this.#promised.delete(id);
    this.#awaited.delete(id);
    if (lateMs > boundMs)
      throw new Violation('an answer starts the job that waits for it', `${id}: ${lateMs} ms later`);
  }
}

function requireKept(before: JobItem, after: JobItem, transition: string): void {
  if (before.signals === undefined) return;
  const [was, is] = [readSavedSignals(before.signals), readSavedSignals(after.signals)];
  for (const one of was.answers)
    if (!is.answers.some((other) => isSame(one, other) && other.fingerprint === one.fingerprint))
      throw new Violation('an accepted answer is kept', `${one.key} of ${after.id}, after ${transition}`);
  for (const one of was.closed)
    if (one.run === after.run && !is.closed.some((other) => isSame(one, other) && one.run === other.run))
      throw new Violation('a closed wait stays closed', `${one.key} of ${after.id}, after ${transition}`);
  for (const one of is.closed)
    if (one.run === after.run && is.answers.some((other) => isSame(one, other)))
      throw new Violation('a wait has one end', `${one.key} of ${after.id}, after ${transition}`);
}
