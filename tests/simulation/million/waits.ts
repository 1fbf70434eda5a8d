import { pauseAfterRefusal } from '../../../shared/admission/postpone-job.ts';
import { firesAt, isWithinDelay, maxQueueDelaySeconds } from '../../../shared/domain/base/schedule-time.ts';
import { dueShards } from '../../../shared/domain/state/job/list-keys.ts';
import { shortHash } from '../../../shared/domain/state/job/pointer.ts';
import { firstLook, lookAfterDue, nextLook } from '../../../shared/domain/state/waits/looks.ts';
import { SeededRandom } from '../../../testkit/play/seeded-random.ts';
import { BySecond, LimitedQueue, type Limits } from './services.ts';
import { type Kind, Tally } from './tally.ts';

/** Jobs that wait, as ADR 79 has it. Seconds. */
export interface Waits {
  readonly kind: Kind;
  /** When each begins to wait, and when it may go on: its time has come, or the last job that it waits for has ended. */
  readonly from: readonly number[];
  readonly until: readonly number[];
}

/** What does not work for some time: no schedule fires whose time is then, and none will later. No wake is sent then. */
export interface Stop {
  readonly from: number;
  readonly to: number;
}

export interface Played {
  /** How many seconds late each goes on. */
  readonly late: readonly number[];
  readonly tally: Tally;
}

const callSeconds = 300;
const maxSeconds = 40 * 24 * 3600;

/** Plays until all have gone on. */
export function playWaits(waits: Waits, limits: Limits, stop?: Stop): Played {
  const world = new WaitingJobs(waits, limits, stop);
  for (let now = 0; world.left > 0; now += 1) {
    if (now > maxSeconds) throw new Error(`${world.left} jobs wait for ever`);
    world.second(now);
  }
  return world;
}

class WaitingJobs implements Played {
  readonly late: number[];
  readonly tally: Tally;
  left: number;
  readonly #waits: Waits;
  readonly #limits: Limits;
  readonly #stop: Stop | undefined;
  readonly #random = new SeededRandom(1);
  readonly #queue: LimitedQueue;
  readonly #begins = new BySecond();
  readonly #fires = new BySecond();
  readonly #wakes = new BySecond();
  readonly #starts = new BySecond();
  readonly #fired: number[] = [];
  #nextFired = 0;
  /** How many schedules may still be created in this second. */
  #creates = 0;
  /** When somebody looks at each job that is in the index. */
  readonly #lookAt: number[];
  /** Since when its item keeps its message. */
  readonly #keptAt: number[];
  readonly #looks = new BySecond();
  readonly #toLookAt: number[] = [];
  #nextLooked = 0;

  constructor(waits: Waits, limits: Limits, stop: Stop | undefined) {
    this.#waits = waits;
    this.#limits = limits;
    this.#stop = stop;
    this.#queue = new LimitedQueue(this.#random, limits.inFlight);
    this.tally = new Tally(waits.kind, waits.from.length);
    this.late = new Array<number>(waits.from.length).fill(-1);
    this.#keptAt = new Array<number>(waits.from.length).fill(0);
    this.#lookAt = new Array<number>(waits.from.length).fill(0);
    this.left = waits.from.length;
    for (const [job, at] of waits.from.entries()) this.#begins.add(at, job);
  }

  second(now: number): void {
    this.#queue.beginSecond(now);
    for (const job of this.#begins.take(now)) this.#begin(job, now);
    for (const job of this.#starts.take(now)) this.#start(job, now);
    for (const job of this.#wakes.take(now)) if (!this.#isStopped(now)) this.#sendPointer(job, now + 1);
    this.#fire(now);
    this.#admit(now);
    if (now % callSeconds === 0) this.#look(now);
    this.tally.inFlight = Math.max(this.tally.inFlight, this.#queue.inFlight);
  }

  #isStopped(now: number): boolean {
    return this.#stop !== undefined && this.#stop.from <= now && now < this.#stop.to;
  }

  #begin(job: number, now: number): void {
    const { kind, until } = this.#waits;
    const dueAt = until[job] ?? 0;
    if (kind === 'dependent') {
      this.#keep(job, firstLook({ options: {}, run: 1 }, true, now * 1000) / 1000, now);
      this.#wakes.add(dueAt, job);
    } else if (kind === 'napper') {
      this.#starts.add(dueAt, job);
    } else if (kind === 'sleeper') {
      this.#keep(job, lookAfterDue(dueAt * 1000) / 1000, now);
      this.#sendPointer(job, now + 1);
    } else this.#queue.send(job, now + Math.min(maxQueueDelaySeconds, dueAt - now));
  }

  /** The item keeps the message, and is in the index. */
  #keep(job: number, lookAt: number, now: number): void {
    this.#keptAt[job] = now;
    this.#lookAt[job] = lookAt;
    this.#looks.add(slotOf(lookAt), job);
    this.tally.kept += 1;
  }

  #sendPointer(job: number, at: number): void {
    this.tally.pointers += 1;
    this.#queue.send(job, at);
  }

  #fire(now: number): void {
    for (const job of this.#fires.take(now)) if (!this.#isStopped(now)) this.#fired.push(job);
    const end = Math.min(this.#nextFired + this.#limits.invocations, this.#fired.length);
    for (; this.#nextFired < end; this.#nextFired += 1)
      this.#sendPointer(this.#fired[this.#nextFired] ?? 0, now + 1);
  }

  #admit(now: number): void {
    this.#creates = this.#limits.creates;
    let received = 0;
    for (; received < this.#limits.receives; received += 1) {
      const job = this.#queue.receive();
      if (job === undefined) break;
      if (this.late[job] === -1) this.#admitOne(job, now);
    }
    this.tally.onReceived(received);
  }

  #admitOne(job: number, now: number): void {
    const dueAt = this.#waits.until[job] ?? 0;
    // It was looked at, and still waits for others.
    if (this.#waits.kind === 'dependent' && now < dueAt) return;
    if (isWithinDelay(dueAt * 1000, now * 1000)) {
      this.tally.admitted += 1;
      if (dueAt <= now) this.#start(job, now);
      else this.#starts.add(dueAt, job);
      return;
    }
    if (this.#lookAt[job] === 0) this.#keep(job, lookAfterDue(dueAt * 1000) / 1000, now);
    if (this.#creates > 0) this.#schedule(job, dueAt);
    else {
      this.tally.throttled += 1;
      const waitedMs = (now - (this.#keptAt[job] ?? now)) * 1000;
      const pauseMs = pauseAfterRefusal(waitedMs, this.#random.fraction());
      this.#sendPointer(job, now + 1 + Math.ceil(pauseMs / 1000));
    }
  }

  #schedule(job: number, dueAt: number): void {
    this.#creates -= 1;
    this.tally.schedules += 1;
    this.#fires.add(firesAt(shortHash(job), dueAt * 1000) / 1000 + this.#random.below(60), job);
  }

  #start(job: number, now: number): void {
    if (this.late[job] !== -1) return;
    this.late[job] = Math.max(0, now - (this.#waits.until[job] ?? 0));
    this.#lookAt[job] = 0;
    this.left -= 1;
  }

  /** A call of the function `overdue`. What it has no time for is for the next call. */
  #look(now: number): void {
    for (const job of this.#looks.take(now / callSeconds + 1)) this.#toLookAt.push(job);
    this.tally.queries += dueShards;
    let room = this.#limits.looks;
    for (; room > 0 && this.#nextLooked < this.#toLookAt.length; this.#nextLooked += 1) {
      const job = this.#toLookAt[this.#nextLooked] ?? 0;
      const lookAt = this.#lookAt[job] ?? 0;
      // It is not in the index any more.
      if (lookAt === 0) continue;
      room -= 1;
      const at = Math.max(now + 1, lookAt);
      this.tally.looks += 1;
      this.#sendPointer(job, at);
      this.#lookAt[job] = nextLook(this.#item(job), at * 1000) / 1000;
      this.#looks.add(slotOf(this.#lookAt[job] ?? 0), job);
    }
  }

  /** What a look reads of it. */
  #item(job: number): Parameters<typeof nextLook>[0] {
    const { kind, from, until } = this.#waits;
    const waitsFor =
      kind === 'dependent' ? { dependsOn: ['another job'] } : { notBefore: (until[job] ?? 0) * 1000 };
    return { updatedAt: (from[job] ?? 0) * 1000, ...waitsFor };
  }
}

/** Which call looks at it: the last one before its time, or the next. */
const slotOf = (lookAt: number): number => Math.max(1, Math.ceil(lookAt / callSeconds));
