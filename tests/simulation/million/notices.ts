import { FairOrder } from '../../../local/queues/fair-order.ts';
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
  /** So many invocations run at a time for each of the two queues, at most. Default: as many as Lambda starts. */
  readonly places?: number;
  /** How A's endpoint answers, and after how long. */
  readonly answer: Attempt;
  readonly answersAfterMs: number;
  /** Before that time it answers quickly. Default: it never does. */
  readonly slowFromMs?: number;
  /** How many fail before the breaker opens. */
  readonly limits?: Partial<BreakerLimits>;
  /** Whether what may be slow has a queue of its own. Default: yes. */
  readonly areApart?: boolean;
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
  /** The latest of those that were sent before B's receiver had answered for the first time. */
  first: number;
  /** How many notices went to the queue of slow receivers. */
  handedOver: number;
  /** How many seconds it takes from when the endpoint is back until all is delivered. */
  drainedAfter: number;
}

interface Sent {
  readonly group: string;
  readonly body: string;
}

/** A queue with its invocations. */
interface Source {
  readonly order: FairOrder;
  readonly inFlight: Map<string, number>;
  /** What is visible, by its group. */
  readonly visible: Map<string, Backlog>;
  running: number;
}

const newSource = (): Source => ({
  ...{ order: new FairOrder(), inFlight: new Map(), visible: new Map(), running: 0 },
});

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
const quickMs = 100;
const everyOfBMs = 10 * secondMs;

export async function playNotices(load: Notices): Promise<NoticesPlayed> {
  const world = new NotifyingWorld(load);
  await world.play();
  return world.played;
}

/** The function `notify` with its two queues, in virtual time: the real use case, on a table that counts. */
class NotifyingWorld {
  readonly played: NoticesPlayed = {
    ...{ attempts: 0, schedules: 0, inFlight: 0, writesMost: 0, readsMost: 0, parked: 0 },
    ...{ late: [], first: 0, handedOver: 0, drainedAfter: 0 },
  };
  readonly #load: Notices;
  readonly #time = new VirtualTime(Number.POSITIVE_INFINITY);
  readonly #start = this.#time.now;
  readonly #endpoints = new ManyEndpoints(this.#time);
  readonly #common = newSource();
  readonly #slow = newSource();
  readonly #idle: EndpointBreakers[] = [];
  readonly #shared;
  #isBack = false;
  #firstAnswerOfB: number | undefined;
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
      this.#add(this.#common, {
        group: 'A',
        body: JSON.stringify(noticeOf('A', number, this.#load.receivers)),
      });
    this.#dispatch(this.#common);
  }

  #endJobOfB(): void {
    this.#add(this.#common, { group: 'B', body: JSON.stringify(noticeOf('B', this.#now)) });
    this.#dispatch(this.#common);
  }

  #add({ visible }: Source, { body, group: own }: Sent): void {
    const message = { body, group: this.#load.areGroups === false ? 'all' : own };
    const there = visible.get(message.group) ?? new Backlog();
    visible.set(message.group, there);
    there.messages.push(message);
  }

  #send(source: Source, message: Sent, delaySeconds = 0): void {
    this.#time.after(Math.ceil(delaySeconds) * secondMs, () => {
      this.#add(source, message);
      this.#dispatch(source);
    });
  }

  /** Starts an invocation for each process that is free, while something is visible. */
  #dispatch(source: Source): void {
    while (source.running < Math.min(processesAt(this.#now), this.#load.places ?? 1_000)) {
      const messages = this.#receive(source);
      if (messages.length === 0) return;
      void this.#invoke(source, messages);
    }
  }

  #receive({ order, inFlight, visible }: Source): readonly Sent[] {
    if (visible.size === 0) return [];
    order.look(this.#now, inFlight);
    const rankOf = order.ranks();
    const groups = [...visible.keys()].sort((one, other) => rankOf(one) - rankOf(other));
    const received: Sent[] = [];
    for (const group of groups) {
      const waiting = visible.get(group);
      received.push(...(waiting?.take(batch - received.length) ?? []));
      if (waiting?.isEmpty) visible.delete(group);
      if (received.length === batch) break;
    }
    for (const { group } of received) this.#count(inFlight, group, 1);
    const all = [...inFlight.values()].reduce((sum, each) => sum + each, 0);
    this.played.inFlight = Math.max(this.played.inFlight, all);
    return received;
  }

  #count(inFlight: Source['inFlight'], group: string, change: number): void {
    const count = (inFlight.get(group) ?? 0) + change;
    if (count === 0) inFlight.delete(group);
    else inFlight.set(group, count);
  }

  async #invoke(source: Source, messages: readonly Sent[]): Promise<void> {
    source.running += 1;
    const breakers = this.#idle.pop() ?? this.#newProcess();
    const deps = this.#depsOf(source, breakers);
    await this.#time.pause(ownMs);
    const deliver = async (message: Sent, place: number): Promise<void> => {
      const messageId = `${this.#now}-${place}`;
      const { kind } = await deliverNotification(
        { body: message.body, messageId, receiptHandle: '', receiveCount: 1, sentAt: this.#time.now },
        deps,
      );
      if (kind === 'return') this.#add(source, message);
    };
    await Promise.all(messages.map(deliver));
    source.order.look(this.#now, source.inFlight);
    for (const { group } of messages) this.#count(source.inFlight, group, -1);
    source.running -= 1;
    this.#idle.push(breakers);
    this.#dispatch(source);
  }

  #newProcess(): EndpointBreakers {
    const limits = { ...breakerLimits, ...this.#load.limits };
    return new EndpointBreakers({ ...this.#shared, limits });
  }

  async #notify(message: NotificationMessage): Promise<Attempt> {
    if (message.tenant === 'B') {
      await this.#time.pause(quickMs);
      const sentAt = numberOf(message);
      const late = (this.#now - sentAt) / secondMs;
      this.#firstAnswerOfB ??= this.#now;
      if (sentAt < this.#firstAnswerOfB) this.played.first = Math.max(this.played.first, late);
      else this.played.late.push(late);
      return { kind: 'delivered' };
    }
    if (this.#isBack) {
      await this.#time.pause(quickMs);
      return { kind: 'delivered' };
    }
    this.played.attempts += 1;
    const { answersAfterMs, slowFromMs = 0 } = this.#load;
    await this.#time.pause(this.#now < slowFromMs ? quickMs : answersAfterMs);
    return this.#load.answer;
  }

  #onSchedule(): void {
    this.played.schedules += 1;
  }

  #handOver(message: NotificationMessage): void {
    this.played.handedOver += 1;
    this.#send(this.#slow, { group: message.tenant, body: JSON.stringify(message) });
  }

  #depsOf(source: Source, breakers: EndpointBreakers): NotifyDependencies {
    return {
      ...this.#shared,
      breakers,
      tries: {
        send: async (message, delaySeconds) =>
          this.#send(
            this.#slow,
            { group: endpointIdOf(message.tryEndpoint), body: JSON.stringify(message) },
            delaySeconds,
          ),
      },
      notifications: {
        send: async (message, delaySeconds) =>
          this.#send(this.#common, { group: message.tenant, body: JSON.stringify(message) }, delaySeconds),
      },
      slowNotifications:
        source === this.#common && this.#load.areApart !== false
          ? { send: async (message) => this.#handOver(message) }
          : undefined,
      schedules: { create: async () => this.#onSchedule(), delete: async () => {} },
      notify: (message) => this.#notify(message),
    };
  }
}
