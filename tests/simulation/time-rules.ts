import type { JobContext, SettledChildren } from '../../shared/author/handler.ts';
import { ratesOf } from '../../shared/author/work-limit.ts';
import { type BatchRoot, batchIdOf } from '../../shared/domain/children/batch.ts';
import { hasSucceeded, isTerminal } from '../../shared/domain/state/job/transitions.ts';
import type { Effect } from './effect.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

const minuteMs = 60_000;
/** A worker that was late with a start has taken another one: by what a call may take. */
const lateMs = ({ settings: { plan, chaos } }: World): number => (plan || chaos ? 20 * minuteMs : 1_000);

/** No attempts of a key start more often than its limit says, however far they are apart. */
export class StartRateRule {
  readonly #world: World;
  /** When attempts have started, by the key of their limit. */
  readonly #starts = new Map<string, readonly number[]>();

  constructor(world: World) {
    this.#world = world;
  }

  /** A handler starts. */
  onStart({ id }: Pick<JobContext, 'id'>): void {
    const { type = '' } = this.#world.table.items.get(id) ?? {};
    for (const { key, perSecond, burst = 1 } of ratesOf(this.#world.contracts[type]?.limits)) {
      if (typeof key !== 'string') continue;
      const { now } = this.#world.time;
      const starts = [...(this.#starts.get(key) ?? []), now];
      this.#starts.set(key, starts);
      for (const [before, from] of starts.entries()) {
        const most = burst + ((now - from + lateMs(this.#world)) * perSecond) / 1000;
        if (starts.length - before > most)
          throw new Violation(
            'attempts start no more often than the limit says',
            `${key}: ${starts.join(' ')}`,
          );
      }
    }
  }
}

type Holder = Pick<JobContext, 'id' | 'fencingToken'>;

/** What a parent is told of its children is what these have come to, however long ago that was, and nothing ends a child that was left. */
export class ChildEndsRule {
  readonly #world: World;
  readonly #policies = new Map<string, BatchRoot['whenParentEnds']>();
  /** Whether each child has succeeded when it ended last, by its index, by batch. */
  readonly #ends = new Map<string, Map<number, boolean>>();

  constructor(world: World) {
    this.#world = world;
  }

  onCreated({ batch, whenParentEnds }: BatchRoot): void {
    this.#policies.set(batch, whenParentEnds);
  }

  onWrite({ before, after: { id, parent, status, canceledBy } }: Effect): void {
    if (!parent || !isTerminal(status) || (before && isTerminal(before.status))) return;
    const { batch, index } = parent;
    this.#ends.set(batch, (this.#ends.get(batch) ?? new Map()).set(index, hasSucceeded(status)));
    const { roots, isErased: hasErased } = this.#world.batches;
    const isErased = roots.get(batch)?.erasedTo !== undefined || hasErased(batch);
    const isByUser = canceledBy?.startsWith('somebody') ?? false;
    if (status === 'canceled' && this.#policies.get(batch) === 'leave' && !isErased && !isByUser)
      throw new Violation('nothing ends a child that was left', `${index} of ${batch}: ${id}`);
  }

  /** A handler is told what its children have come to. */
  onSettled(job: Holder, key: string, { succeeded, unsuccessful, isEarly }: SettledChildren): void {
    const { table, batches } = this.#world;
    const item = table.items.get(job.id);
    if (isEarly || item?.status !== 'running' || item.fencingToken !== job.fencingToken) return;
    const batch = batchIdOf(job.id, key);
    if (batches.roots.get(batch)?.any !== undefined) return;
    const ends = [...(this.#ends.get(batch)?.values() ?? [])];
    const expected = ends.filter((isGood) => !isGood).length;
    if (unsuccessful !== expected || succeeded !== ends.length - expected)
      throw new Violation(
        'what a parent is told of its children is what they have come to',
        `${key} of ${job.id}: ${succeeded} and ${unsuccessful}, not ${ends.length - expected} and ${expected}`,
      );
  }
}
