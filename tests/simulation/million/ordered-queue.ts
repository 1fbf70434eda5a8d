import type { SeededRandom } from '../../../testkit/play/seeded-random.ts';

/** Who is told of a job. */
export interface Watcher {
  starts?(waitedMs: number): void;
  ends?(): void;
}

interface Message {
  /** Its place in the order in which all were sent. */
  readonly number: number;
  readonly group: string;
  readonly sentAt: number;
  readonly watcher: Watcher;
}

interface Group {
  /** What SQS looks at, the oldest first. */
  readonly waiting: Message[];
  taken: number;
  isRunning: boolean;
}

interface Running {
  readonly message: Message;
  readonly endsAt: number;
}

/** SQS looks for groups among so many messages of a FIFO queue: the oldest ones, and those in flight are among them. */
export const lookedAt = 120_000;
/** SQS may be so late with the number of messages. */
const countLateSeconds = 60;
/** A job takes between half as long, and half as long again. */
const jobMs = 1_000;

/**
 * A FIFO queue with its worker, in virtual milliseconds: an invocation has one job, and a group one job at a time. Of groups that SQS sees, the
 * one with the oldest message comes first.
 */
export class OrderedQueue {
  /** The most messages that it had. */
  most = 0;
  readonly #random: SeededRandom;
  readonly #places: number;
  readonly #groups = new Map<string, Group>();
  /** The messages that may be received, one of a group. The newest is the first, since most that are added are new. */
  readonly #ready: Message[] = [];
  /** What SQS does not look at yet. */
  readonly #beyond: Message[] = [];
  /** How many of these it has looked at since. */
  #shown = 0;
  #looked = 0;
  #sent = 0;
  readonly #running: Running[] = [];
  readonly #counts: number[] = [];

  constructor(random: SeededRandom, places: number) {
    this.#random = random;
    this.#places = places;
  }

  get #count(): number {
    return this.#looked + this.#beyond.length - this.#shown;
  }

  /** The number of messages as it was a minute ago: SQS may say that. */
  get lateCount(): number {
    return this.#counts.at(-1 - countLateSeconds) ?? 0;
  }

  beginSecond(): void {
    this.#counts.push(this.#count);
  }

  send(group: string, now: number, watcher: Watcher): void {
    const message = { number: this.#sent, group, sentAt: now, watcher };
    this.#sent += 1;
    if (this.#looked < lookedAt) this.#lookAt(message);
    else this.#beyond.push(message);
    this.most = Math.max(this.most, this.#count);
    this.#start(now);
  }

  /** Ends and starts jobs until then. */
  playUntil(end: number): void {
    for (let next = this.#nextEnd(); next && next.endsAt <= end; next = this.#nextEnd()) {
      this.#end(next);
      this.#start(next.endsAt);
    }
  }

  #lookAt(message: Message): void {
    this.#looked += 1;
    const group = this.#groups.get(message.group) ?? { waiting: [], taken: 0, isRunning: false };
    this.#groups.set(message.group, group);
    group.waiting.push(message);
    if (!group.isRunning && group.waiting.length - group.taken === 1) this.#addReady(message);
  }

  #addReady(message: Message): void {
    const place = this.#ready.findIndex(({ number }) => number < message.number);
    this.#ready.splice(place < 0 ? this.#ready.length : place, 0, message);
  }

  #start(now: number): void {
    while (this.#running.length < this.#places) {
      const message = this.#ready.pop();
      const group = message && this.#groups.get(message.group);
      if (!group) return;
      group.taken += 1;
      group.isRunning = true;
      message.watcher.starts?.(now - message.sentAt);
      this.#running.push({ message, endsAt: now + jobMs * (0.5 + this.#random.fraction()) });
    }
  }

  #nextEnd(): Running | undefined {
    let first: Running | undefined;
    for (const each of this.#running) if (!first || each.endsAt < first.endsAt) first = each;
    return first;
  }

  /** SQS then looks at one message more. */
  #end(ended: Running): void {
    this.#running.splice(this.#running.indexOf(ended), 1);
    this.#looked -= 1;
    const { group: name, watcher } = ended.message;
    watcher.ends?.();
    const group = this.#groups.get(name);
    const next = group?.waiting[group.taken];
    if (group) group.isRunning = false;
    if (next) this.#addReady(next);
    else this.#groups.delete(name);
    const shown = this.#beyond[this.#shown];
    if (!shown) return;
    this.#shown += 1;
    this.#lookAt(shown);
  }
}
