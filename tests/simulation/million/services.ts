import type { SeededRandom } from '../../../testkit/play/seeded-random.ts';

/** What the services allow, as AWS documents it. Rates are per second. */
export interface Limits {
  /** Messages of a standard queue that are received and not deleted: beyond it, SQS refuses receives. */
  readonly inFlight: number;
  /** Schedules that are created: 250 in small regions, 5,000 in the largest. */
  readonly creates: number;
  /** Schedules that fire. */
  readonly invocations: number;
  /** Messages that admission receives. */
  readonly receives: number;
  /** Jobs that one call of the function `overdue` looks at. */
  readonly looks: number;
}

/** A vCPU comes with so much memory, and a call by the SDK takes so much of it, which was measured for a request. */
const [vcpuMb, msOfCall] = [1_769, 1];
/** A read, a send and a write for each job, and its part of a query. */
const callsOfLook = 3.05;

/** @param memoryMb of the function @param seconds for which a call of it looks */
export const looksOf = (memoryMb: number, seconds: number): number =>
  Math.floor((seconds * 1_000 * (memoryMb / vcpuMb)) / (callsOfLook * msOfCall));

export const limits: Limits = {
  inFlight: 120_000,
  creates: 250,
  invocations: 1_000,
  receives: 10_000,
  looks: looksOf(256, 50),
};

/** Things that come back at a second. */
export class BySecond {
  readonly #at = new Map<number, number[]>();

  add(second: number, job: number): void {
    const there = this.#at.get(second);
    if (there) there.push(job);
    else this.#at.set(second, [job]);
  }

  take(second: number): readonly number[] {
    const there = this.#at.get(second) ?? [];
    this.#at.delete(second);
    return there;
  }

  get size(): number {
    return this.#at.size;
  }
}

/** A standard queue: what is visible comes in no order, and what is in flight has a limit. */
export class LimitedQueue {
  readonly #visible: number[] = [];
  readonly #hidden = new BySecond();
  readonly #delayed = new BySecond();
  readonly #random: SeededRandom;
  readonly #maxInFlight: number;
  #inFlight = 0;

  constructor(random: SeededRandom, maxInFlight: number) {
    this.#random = random;
    this.#maxInFlight = maxInFlight;
  }

  /** A delayed message is not in flight. */
  send(job: number, visibleAt: number): void {
    this.#delayed.add(visibleAt, job);
  }

  /** Of a received message. */
  hide(job: number, until: number): void {
    this.#inFlight += 1;
    this.#hidden.add(until, job);
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  beginSecond(second: number): void {
    const back = this.#hidden.take(second);
    this.#inFlight -= back.length;
    for (const job of back) this.#visible.push(job);
    for (const job of this.#delayed.take(second)) this.#visible.push(job);
  }

  /** @returns any of the visible messages; nothing, if there is none or the limit is reached */
  receive(): number | undefined {
    if (this.#inFlight >= this.#maxInFlight) return undefined;
    const { length } = this.#visible;
    if (length === 0) return undefined;
    const place = this.#random.below(length);
    const [job, last] = [this.#visible[place], this.#visible.pop()];
    if (place < length - 1 && last !== undefined) this.#visible[place] = last;
    return job;
  }
}
