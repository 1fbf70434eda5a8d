import { FairOrder } from '../../../local/fair-order.ts';
import { endpointIdOf } from '../../../shared/domain/notify/endpoint.ts';
import type { NotificationMessage } from '../../../shared/domain/notify/notification.ts';
import type { Attempt } from '../../../shared/notify/attempt.ts';
import { deliverNotification, type NotifyDependencies } from '../../../shared/notify/deliver-notification.ts';
import {
  type BreakerLimits,
  breakerLimits,
  EndpointBreakers,
} from '../../../shared/notify/endpoint-breakers.ts';
import { InMemoryJobStore } from '../../../testkit/fakes/in-memory-job-store.ts';
import {
  InMemoryJobQueue,
  InMemoryNotificationDeadLetters,
} from '../../../testkit/fakes/in-memory-queues.ts';
import { RecordedMeters } from '../../../testkit/fakes/recorded-meters.ts';
import { SeededRandom } from '../../../testkit/play/seeded-random.ts';
import { VirtualTime } from '../../../testkit/play/virtual-time.ts';
import { quiet } from '../dependencies.ts';
import { ManyEndpoints, noticeOf, numberOf } from './many-endpoints.ts';

/** Many notices of a tenant A, while a tenant B has one to its own every ten seconds. */
export interface Notices {
  readonly count: number;
  /** So many jobs of A end in a second. */
  readonly perSecond: number;
  /** To how many endpoints of A they go, in turn. Default: one. */
  readonly receivers?: number;
  /** How many invocations run at a time, at most. Default: as many as Lambda starts. */
  readonly places?: number;
  /** How A's endpoint answers, and after how long. */
  readonly answer: Attempt;
  readonly answersAfterMs: number;
  /** How many fail before the breaker opens. */
  readonly limits?: Partial<BreakerLimits>;
  /** Whether the messages have their tenants as groups. Default: yes. */
  readonly areGroups?: boolean;
  /** It takes everything when all of A's jobs have ended, a quarter of an hour later. Then it is played until nothing is parked. */
  readonly comesBack?: boolean;
}

export interface NoticesPlayed {
  /** How often A's endpoint was asked before it came back. */
  attempts: number;
  schedules: number;
  /** The most at a time. */
  inFlight: number;
  /** The most writes of one shard of what is parked, and reads of the breaker, in a second. */
  writesMost: number;
  readsMost: number;
  parked: number;
  /** How many seconds after they were sent B's notices are delivered. */
  readonly late: number[];
  /** How many seconds it takes from when the endpoint is back until all is delivered. */
  drainedAfter: number;
}

interface Sent {
  readonly group: string;
  readonly body: string;
}

/** What is visible of a group, the oldest first. */
class Backlog {
  readonly messages: Sent[] = [];
  #taken = 0;

  take(count: number): readonly Sent[] {
    const taken = this.messages.slice(this.#taken, this.#taken + count);
    this.#taken += taken.length;
    return taken;
  }

  get isEmpty(): boolean {
    return this.#taken === this.messages.length;
  }
}

const secondMs = 1_000;
/** Lambda starts five pollers, and 300 more a minute, up to the concurrency of an account. */
const processesAt = (ms: number): number => Math.min(1_000, 5 + Math.floor(ms / 200));
const batch = 10;
/** What an invocation takes beside the answers of endpoints. */
const ownMs = 20;
const answersOfBMs = 100;
const everyOfBMs = 10 * secondMs;

export async function playNotices(load: Notices): Promise<NoticesPlayed> {
  const world = new NotifyingWorld(load);
  await world.play();
  return world.played;
}

/** The function `notify` with its queue, in virtual time: the real use case, on a table that counts. */
class NotifyingWorld {
  readonly played: NoticesPlayed = {
    ...{ attempts: 0, schedules: 0, inFlight: 0, writesMost: 0, readsMost: 0, parked: 0 },
    ...{ late: [], drainedAfter: 0 },
  };
  readonly #load: Notices;
  readonly #time = new VirtualTime(Number.POSITIVE_INFINITY);
  readonly #start = this.#time.now;
  readonly #endpoints = new ManyEndpoints(this.#time);
  readonly #order = new FairOrder();
  readonly #inFlight = new Map<string, number>();
  /** What is visible, by its group. */
  readonly #visible = new Map<string, Backlog>();
  readonly #idle: EndpointBreakers[] = [];
  readonly #shared;
  #running = 0;
  #isBack = false;
  #lastOfA = 0;

  constructor(load: Notices) {
    this.#load = load;
    const [time, random] = [this.#time, new SeededRandom(1)];
    this.#shared = {
      endpoints: this.#endpoints,
      clock: { now: () => time.now, sleep: (ms: number) => time.pause(ms) },
      random,
      log: quiet,
      store: new InMemoryJobStore(),
      queue: new InMemoryJobQueue(),
      deadLetters: new InMemoryNotificationDeadLetters(),
      meter: new RecordedMeters().on('notify'),
      suspensions: { isSuspended: async () => false },
    };
  }

  async play(): Promise<void> {
    const { count, perSecond, comesBack = false } = this.#load;
    for (let first = 0, second = 0; first < count; first += perSecond, second += 1)
      this.#time.after(second * secondMs, () => this.#endJobs(first, Math.min(first + perSecond, count)));
    this.#lastOfA = Math.ceil(count / perSecond) * secondMs;
    const endsAt = this.#lastOfA + 15 * 60 * secondMs;
    for (let at = 0; at < endsAt; at += everyOfBMs) this.#time.after(at, () => this.#endJobOfB());
    await this.#runUntil(() => this.#now >= endsAt);
    this.played.parked = this.#endpoints.count;
    this.played.writesMost = this.#endpoints.writesMost;
    this.played.readsMost = this.#endpoints.readsMost;
    if (!comesBack) return;
    this.#isBack = true;
    const backAt = this.#now;
    await this.#runUntil(() => this.#endpoints.count === 0);
    this.played.drainedAfter = (this.#now - backAt) / secondMs;
  }

  get #now(): number {
    return this.#time.now - this.#start;
  }

  async #runUntil(isOver: () => boolean): Promise<void> {
    do await new Promise<void>((resolve) => process.nextTick(resolve));
    while (!isOver() && this.#time.fireNext());
  }

  #endJobs(from: number, to: number): void {
    for (let number = from; number < to; number += 1)
      this.#add({ group: 'A', body: JSON.stringify(noticeOf('A', number, this.#load.receivers)) });
    this.#dispatch();
  }

  #endJobOfB(): void {
    this.#add({ group: 'B', body: JSON.stringify(noticeOf('B', this.#now)) });
    this.#dispatch();
  }

  #add({ body, group: own }: Sent): void {
    const message = { body, group: this.#load.areGroups === false ? 'all' : own };
    const there = this.#visible.get(message.group) ?? new Backlog();
    this.#visible.set(message.group, there);
    there.messages.push(message);
  }

  #send(message: Sent, delaySeconds: number): void {
    this.#time.after(Math.ceil(delaySeconds) * secondMs, () => {
      this.#add(message);
      this.#dispatch();
    });
  }

  /** Starts an invocation for each process that is free, while something is visible. */
  #dispatch(): void {
    while (this.#running < Math.min(processesAt(this.#now), this.#load.places ?? 1_000)) {
      const messages = this.#receive();
      if (messages.length === 0) return;
      void this.#invoke(messages);
    }
  }

  #receive(): readonly Sent[] {
    if (this.#visible.size === 0) return [];
    this.#order.look(this.#now, this.#inFlight);
    const rankOf = this.#order.ranks();
    const groups = [...this.#visible.keys()].sort((one, other) => rankOf(one) - rankOf(other));
    const received: Sent[] = [];
    for (const group of groups) {
      const waiting = this.#visible.get(group);
      received.push(...(waiting?.take(batch - received.length) ?? []));
      if (waiting?.isEmpty) this.#visible.delete(group);
      if (received.length === batch) break;
    }
    for (const { group } of received) this.#count(group, 1);
    const inFlight = [...this.#inFlight.values()].reduce((sum, each) => sum + each, 0);
    this.played.inFlight = Math.max(this.played.inFlight, inFlight);
    return received;
  }

  #count(group: string, change: number): void {
    const count = (this.#inFlight.get(group) ?? 0) + change;
    if (count === 0) this.#inFlight.delete(group);
    else this.#inFlight.set(group, count);
  }

  async #invoke(messages: readonly Sent[]): Promise<void> {
    this.#running += 1;
    const breakers = this.#idle.pop() ?? this.#newProcess();
    const deps = this.#depsOf(breakers);
    await this.#time.pause(ownMs);
    const deliver = async (message: Sent, place: number): Promise<void> => {
      const messageId = `${this.#now}-${place}`;
      const { kind } = await deliverNotification(
        { body: message.body, messageId, receiptHandle: '', receiveCount: 1, sentAt: this.#time.now },
        deps,
      );
      if (kind === 'return') this.#add(message);
    };
    await Promise.all(messages.map(deliver));
    this.#order.look(this.#now, this.#inFlight);
    for (const { group } of messages) this.#count(group, -1);
    this.#running -= 1;
    this.#idle.push(breakers);
    this.#dispatch();
  }

  #newProcess(): EndpointBreakers {
    const limits = { ...breakerLimits, ...this.#load.limits };
    return new EndpointBreakers({ ...this.#shared, limits });
  }

  async #tell(message: NotificationMessage): Promise<Attempt> {
    if (message.tenant === 'B') {
      await this.#time.pause(answersOfBMs);
      this.played.late.push((this.#now - numberOf(message)) / secondMs);
      return { kind: 'delivered' };
    }
    if (this.#isBack) {
      await this.#time.pause(answersOfBMs);
      return { kind: 'delivered' };
    }
    this.played.attempts += 1;
    await this.#time.pause(this.#load.answersAfterMs);
    return this.#load.answer;
  }

  #onSchedule(): void {
    this.played.schedules += 1;
  }

  #depsOf(breakers: EndpointBreakers): NotifyDependencies {
    return {
      ...this.#shared,
      breakers,
      room: { take: async () => undefined },
      tries: {
        send: async (message, delaySeconds) =>
          this.#send(
            { group: endpointIdOf(message.tryEndpoint), body: JSON.stringify(message) },
            delaySeconds,
          ),
      },
      notifications: {
        send: async (message, delaySeconds = 0) =>
          this.#send({ group: message.tenant, body: JSON.stringify(message) }, delaySeconds),
      },
      schedules: { create: async () => this.#onSchedule(), delete: async () => {} },
      tell: (message) => this.#tell(message),
    };
  }
}
