import { ratesOf } from '../../shared/author/work-limit.ts';
import { isOver } from '../../shared/domain/children/batch.ts';
import type { JobItem } from '../../shared/domain/state/job/item.ts';
import { isClaimed, isTerminal } from '../../shared/domain/state/job/transitions.ts';
import { isFinal } from '../../shared/domain/state/limits/place.ts';
import { toleranceOf } from '../../shared/domain/state/limits/start-rate.ts';
import { type JobWait, type OfEachWait, waitOf } from '../../shared/domain/state/waits/wait.ts';
import type { Effect } from './effect.ts';
import { lateByMs, noForces } from './forces.ts';
import { outageMs } from './limits.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** What nothing holds back starts within this time, if no call has failed and nothing was lost. */
const soonMs = 10 * minuteMs;
/** A call takes as long at most, unless it is slow: then the fault is noted later. */
const callMs = 1_000;

/**
 * Of a job whose message is in a queue: it comes again when its visibility ends. "It dies before its very first call"
 * in docs/guarantees.md.
 */
const messageMs = 15 * minuteMs;
/** Of a group, whose message is hidden meanwhile: "it comes back by itself, within an hour". */
const groupMs = hourMs;
/**
 * Of a group whose pause has ended, its message is hidden meanwhile: "A group goes on within half an hour" in
 * docs/pause.md.
 */
const pausedGroupMs = 30 * minuteMs;
/**
 * Within which time a job goes on, by what it waits for, if what was lost is what brings it back: a wake, a schedule,
 * or the call that sends one. They are the times that docs/guarantees.md has for these losses.
 */
const afterLossMs: OfEachWait<number> = {
  // "within 20 minutes after it was due"
  time: 20 * minuteMs,
  submissions: 20 * minuteMs,
  signal: 20 * minuteMs,
  turn: 20 * minuteMs,
  // "if it waited for others, within two hours"
  jobs: 2 * hourMs,
  children: 2 * hourMs,
  // "`overdue` wakes the same job again within ten minutes"
  place: 10 * minuteMs,
  pause: 35 * minuteMs,
  handler: 15 * minuteMs,
};

interface Free {
  /** Since when, or from when on, nothing holds the job back. */
  readonly at: number;
  /** When its wait began. */
  readonly since: number;
  readonly kind: JobWait['kind'] | undefined;
  /** Whether its message could not be made visible then. */
  readonly isHidden: boolean;
}

/** "... or its receipt handle is outdated: the message comes back by itself, within an hour" in docs/guarantees.md. */
const soonestOfGroupMs = ({ isHidden, kind }: Free): number =>
  isHidden ? groupMs : kind === 'pause' ? pausedGroupMs : soonMs;

type Held = undefined;

/**
 * What nothing holds back starts within ten minutes if no call has failed and nothing was lost since it began to wait,
 * and else within the time that docs/guarantees.md has for that loss. It looks at all jobs after each call, and knows
 * what no function can ask.
 */
export class SoonRule {
  readonly #world: World;
  readonly #free = new Map<string, Free>();
  /** Since when each debounced job waits for more submissions. */
  readonly #debouncedSince = new Map<string, number>();
  /** When a call has failed, or a process has died. */
  readonly #losses: number[] = [];
  /** When each job was written last. */
  readonly #writtenAt = new Map<string, number>();
  readonly #outages = new Set<string>();
  #isStale = false;

  constructor(world: World) {
    this.#world = world;
  }

  get #isOn(): boolean {
    return this.#world.settings.startsSoon ?? false;
  }

  /** A call has failed, or a process has died. */
  onLoss(): void {
    this.#losses.push(this.#world.time.now);
  }

  onCall(): void {
    this.#isStale = true;
  }

  onWrite({ before, after }: Effect): void {
    if (!this.#isOn) return;
    if (before) this.#judge(before);
    this.#writtenAt.set(after.id, this.#world.time.now);
    this.#follow(after);
  }

  /** Nothing more happens at this instant. */
  onStep(): void {
    if (!this.#isOn || !this.#isStale) return;
    this.#isStale = false;
    this.#countOutages();
    for (const item of this.#world.table.items.values()) {
      if (!this.#follow(item)) continue;
      this.#judge(item);
    }
  }

  /** @returns whether nothing holds it back */
  #follow(item: JobItem): boolean {
    const wait = waitOf(item);
    const at = this.#freeAt(item, wait);
    const known = this.#free.get(item.id);
    const isSame = known !== undefined && known.kind === wait?.kind;
    const since = isSame ? known.since : this.#beginOf(item.id, wait?.kind);
    if (at === undefined) this.#free.delete(item.id);
    else if (!isSame || at > known.at)
      this.#free.set(item.id, {
        at: Math.max(at, this.#world.time.now),
        since,
        kind: wait?.kind,
        isHidden: this.#world.isOutdated(item.receiptHandle),
      });
    return at !== undefined;
  }

  /** A debounced job that is replaced has the wake of its first write, also if a pause has held the job meanwhile. */
  #beginOf(id: string, kind: Free['kind']): number {
    const writtenAt = this.#writtenAt.get(id) ?? this.#world.time.now;
    if (kind !== 'submissions') {
      this.#debouncedSince.delete(id);
      return writtenAt;
    }
    const since = this.#debouncedSince.get(id) ?? writtenAt;
    this.#debouncedSince.set(id, since);
    return since;
  }

  #judge({ id, group }: JobItem): void {
    const free = this.#free.get(id);
    const { figures } = this.#world;
    if (!free) return;
    const lateMs = this.#world.time.now - free.at;
    // The call that makes the message of a group visible is that of the write before, which has ended another run. Who
    // gets no answer to the write by which a wait begins does not do what follows it, and that call began before the
    // write.
    const since = free.since - (group === undefined ? callMs : groupMs);
    const lost = this.#losses.filter((at) => at >= since).length;
    const eachMs = Math.max(
      free.kind === undefined ? messageMs : afterLossMs[free.kind],
      group === undefined ? 0 : groupMs,
    );
    const soonestMs = group === undefined ? soonMs : soonestOfGroupMs(free);
    const boundMs =
      Math.max(soonestMs, lost * eachMs + (lost > 0 && free.kind !== 'place' ? figures.visibilityMs : 0)) +
      this.#allowanceMs();
    if (lateMs > boundMs)
      throw new Violation(
        'what nothing holds back starts soon',
        `${id} (${free.kind ?? 'queue'}): after ${lateMs} ms, and ${lost} losses`,
      );
  }

  /**
   * Of what is no loss: receivers and processes that stand still, clocks that differ, a Scheduler that is late, servers
   * that are busy, ill or stop.
   */
  #allowanceMs(): number {
    const { settings } = this.#world;
    const {
      clocksDifferMs = 0,
      servers,
      builds,
      hasIlls,
      scheduler = {},
      slowBucketMs = 0,
      forces = noForces,
    } = settings;
    const { lateMs = 0, isStopped, isCutOff } = scheduler;
    return (
      2 * clocksDifferMs +
      lateMs +
      lateByMs(forces) +
      (isStopped || isCutOff ? afterLossMs.time : 0) +
      (servers ? 20 * minuteMs : 0) +
      // What only newer code can read waits for that.
      (builds ? builds.forMs + messageMs : 0) +
      (hasIlls ? 20 * minuteMs : 0) +
      40 * slowBucketMs
    );
  }

  #countOutages(): void {
    const { outages, time } = this.#world;
    for (const [port, until] of outages) {
      const name = `${port} ${until}`;
      if (until <= time.now || this.#outages.has(name)) continue;
      this.#outages.add(name);
      for (let lost = 0; lost <= (until - time.now) / outageMs; lost += 1) this.#losses.push(until);
    }
  }

  /** @returns since or from when nothing holds a job back; undefined if something does */
  #freeAt(item: JobItem, wait: JobWait | undefined): number | Held {
    if (this.#isHeld(item)) return undefined;
    const { notBefore = 0, runAt = 0 } = item;
    const dueAt = Math.max(notBefore, runAt);
    if (wait === undefined) return this.#hasRoom(item) ? dueAt : undefined;
    switch (wait.kind) {
      // Its copy may wait in the queue for a start, of which the item says nothing.
      case 'time':
        return Math.max(wait.until, this.#nextStart(item) ?? 0);
      case 'submissions':
      case 'signal':
        return wait.until;
      case 'turn': {
        const startAt = this.#nextStart(item);
        return startAt === undefined ? undefined : Math.max(wait.at, dueAt, startAt);
      }
      case 'jobs':
        return this.#areOver(wait.ids) ? dueAt : undefined;
      case 'children':
        return this.#isAnyDecided(wait.batches) ? 0 : wait.until;
      case 'place':
        return this.#hasPlace(item) ? dueAt : undefined;
      case 'pause':
        return dueAt;
      case 'handler':
        return undefined;
      default:
        return wait satisfies never;
    }
  }

  /** By what no wait tells of. */
  #isHeld(item: JobItem): boolean {
    const { status, cancelRequested, type } = item;
    if (isTerminal(status) || isClaimed(status) || cancelRequested) return true;
    return !this.#world.contracts[type] || this.#isPaused() || this.#isBehindInGroup(item);
  }

  #isPaused(): boolean {
    const { pauses, suspended, time } = this.#world;
    const holds = [...pauses.values()].some(
      ({ resumedAt, until = Infinity }) => resumedAt === undefined && until > time.now,
    );
    return holds || suspended.size > 0;
  }

  #isBehindInGroup({ id, tenant, group }: JobItem): boolean {
    if (group === undefined) return false;
    return [...this.#world.table.items.values()].some(
      (other) =>
        other.id !== id && other.group === group && other.tenant === tenant && !isTerminal(other.status),
    );
  }

  #areOver(ids: readonly string[]): boolean {
    const items = ids.map((id) => this.#world.table.items.get(id));
    return items.every((item) => item !== undefined && isTerminal(item.status));
  }

  #isAnyDecided(batches: readonly string[]): boolean {
    const { batches: store, childRule } = this.#world;
    return batches.some((batch) => {
      const root = store.roots.get(batch);
      return root !== undefined && (isOver(root) || childRule.early.isDecided(root));
    });
  }

  /** Whether no limit of its type holds back a job that is in its queue. Of starts only the rate knows. */
  #hasRoom({ type }: JobItem): boolean {
    const { limits = [] } = this.#world.contracts[type] ?? {};
    return limits.length === 0;
  }

  /** When the limits of its type have a start; undefined if their keys follow from payloads. */
  #nextStart({ type }: JobItem): number | undefined {
    const rates = ratesOf(this.#world.contracts[type]?.limits);
    const times = rates.map(({ key, perSecond, burst = 1 }) => {
      const arrivesAt = typeof key === 'string' ? this.#world.startRates.startsArriveAt(key) : Infinity;
      return (arrivesAt - toleranceOf({ key: String(key), perSecond, burst })) / 1000;
    });
    const latest = Math.max(0, ...times);
    return latest === Infinity ? undefined : latest;
  }

  #hasPlace({ awaitsPlace }: JobItem): boolean {
    if (!awaitsPlace) return false;
    const { workPlaces, table } = this.#world;
    const { room, running } = awaitsPlace;
    return [...Array(running).keys()].some((number) => {
      const holder = workPlaces.taken.get(`${room}/${number}`);
      return holder === undefined || isFinal(holder, table.items.get(holder.job));
    });
  }
}
