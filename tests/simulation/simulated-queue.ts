import type { SQSRecord } from 'aws-lambda';
import { QueueUnavailableError } from '../../shared/domain/base/errors.ts';
import type { SeededRandom } from '../../testkit/play/seeded-random.ts';
import type { VirtualTime } from '../../testkit/play/virtual-time.ts';
import { type Forces, noForces } from './forces.ts';
import { type QueuedMessage, recordOf } from './queued-message.ts';

/** How a message is sent. */
interface Sending {
  readonly delayMs?: number;
  /** These two make it old when it is sent. */
  readonly receiveCount?: number;
  readonly ageMs?: number;
  /** On a FIFO queue. */
  readonly group?: string;
  readonly deduplicationId?: string;
}

export interface QueueSettings {
  readonly visibilityMs: number;
  readonly maxReceiveCount: number;
  readonly deadLetters?: SimulatedQueue | undefined;
  readonly fifo?: boolean;
}

/** How a queue makes trouble. */
export interface Unreliability {
  readonly random: SeededRandom;
  /** The chance that a received message is delivered again although it is invisible. */
  readonly duplicate: number;
  /** How often at most a message is delivered once more than it needs to be, by whatever of these. */
  maxDuplicates: number;
  readonly reorder: boolean;
  /** Whether a standard queue acts on a receipt handle that a later receive has made outdated: SQS promises neither. */
  readonly takesOutdatedHandles: boolean;
  /** The chance that a message that was received before says that it was not. */
  readonly miscount: number;
  readonly forces?: Pick<Forces, 'comesAgain' | 'twins'>;
}

/** When a message comes again that was deleted. */
const againAfterMs = [1_000, 60_000, 40 * 60_000];

const retentionMs = 14 * 24 * 3600 * 1000;
const hourMs = 3600 * 1000;
/** SQS counts from the receive. */
const maxVisibilityMs = 12 * hourMs;
const deduplicationMs = 5 * 60 * 1000;

/**
 * SQS: at least once, in no order, invisible while received, redriven when received too often. A FIFO queue delivers only
 * the oldest message of each group, and takes no message twice within five minutes.
 */
export class SimulatedQueue {
  readonly name: string;
  readonly #time: VirtualTime;
  readonly #settings: QueueSettings;
  readonly #unreliability: Unreliability;
  #messages: QueuedMessage[] = [];
  #count = 0;
  /** When a message was last sent with a deduplication id. */
  readonly #taken = new Map<string, number>();
  /** Called when a message may have become visible. */
  readonly #receivers: (() => void)[] = [];
  /** While somebody empties the queue again and again, all that is sent to it is lost. */
  isPurged = false;
  #stillUntil = 0;
  /** So long what is sent is behind what was sent before it. */
  backlogMs = 0;
  /** Called at every receive, with how often the message was received within an hour. */
  onReceive: (message: Pick<QueuedMessage, 'id' | 'body'>, timesAnHour: number) => void = () => {};
  /** Called when a receiver is done with a message that it leaves invisible for so long. */
  onLeft: (message: Pick<QueuedMessage, 'body'>, invisibleMs: number) => void = () => {};

  constructor(name: string, time: VirtualTime, settings: QueueSettings, unreliability: Unreliability) {
    this.name = name;
    this.#time = time;
    this.#settings = settings;
    this.#unreliability = unreliability;
  }

  get isOrdered(): boolean {
    return this.#settings.fifo ?? false;
  }

  get length(): number {
    return this.#messages.length;
  }

  get bodies(): readonly string[] {
    return this.#messages.map(({ body }) => body);
  }

  /** @returns whether it was taken: a FIFO queue drops a duplicate within five minutes */
  send(body: string, { delayMs = 0, receiveCount = 0, ageMs = 0, ...fifo }: Sending = {}): boolean {
    if (fifo.deduplicationId !== undefined) {
      const takenAt = this.#taken.get(fifo.deduplicationId) ?? Number.NEGATIVE_INFINITY;
      if (this.#time.now - takenAt < deduplicationMs) return false;
      this.#taken.set(fifo.deduplicationId, this.#time.now);
    }
    if (this.isPurged) return true;
    this.#count += 1;
    const message = {
      id: `${this.name}-${this.#count}`,
      body,
      sentAt: this.#time.now - ageMs,
      group: fifo.group,
      visibleAt: 0,
      receiveCount,
      receivedAt: [],
    };
    this.#messages.push(message);
    this.#makeVisibleAt(message, this.#time.now + delayMs + this.backlogMs);
    return true;
  }

  /** Has `receive` called when a message may have become visible, after the receivers that were added before. */
  addReceiver(receive: () => void): void {
    this.#receivers.push(receive);
  }

  #wakeReceivers(): void {
    for (const receive of this.#receivers) receive();
  }

  /** For so long nobody receives anything. */
  standStill(forMs: number): void {
    this.#stillUntil = this.#time.now + forMs;
    this.#time.after(forMs, () => this.#wakeReceivers());
  }

  /** Somebody empties the queue, also of what is in flight. @param isLost which messages are gone: all, if nothing else is said */
  purge(isLost: (body: string) => boolean = () => true): void {
    this.#messages = this.#messages.filter(({ body }) => !isLost(body));
  }

  /** How many messages a receive could bring now. */
  get visible(): number {
    return this.#visible().length;
  }

  /** @param visibilityMs for how long they are invisible then: the queue's own timeout, or what the receive asks for */
  receive(max: number, visibilityMs = this.#settings.visibilityMs): SQSRecord[] {
    this.#messages = this.#messages.filter(({ sentAt }) => this.#time.now - sentAt < retentionMs);
    const { random, reorder } = this.#unreliability;
    const visible = reorder ? random.shuffle(this.#visible()) : this.#visible();
    return visible.slice(0, max).flatMap((message) => this.#deliver(message, visibilityMs) ?? []);
  }

  /** As a function's batch, which Lambda fills by several receives: some messages may be in it twice. */
  receiveRecords(max: number): SQSRecord[] {
    const received = this.receive(max);
    const { random, forces = noForces } = this.#unreliability;
    const isTwice = () => !this.isOrdered && isChosen(forces.twins, random) && this.#mayRepeat();
    const twins = received.slice(0, max - received.length).filter(isTwice);
    return [...received, ...twins.flatMap(({ messageId }) => this.#again(messageId))];
  }

  #again(id: string): SQSRecord[] {
    const message = this.#messages.find((one) => one.id === id);
    return message ? [this.#deliver(message, this.#settings.visibilityMs) ?? []].flat() : [];
  }

  #visible(): QueuedMessage[] {
    if (this.#stillUntil > this.#time.now) return [];
    return this.#available().filter(({ visibleAt }) => visibleAt <= this.#time.now);
  }

  /** The oldest message of each group. While that is invisible, the group has none. */
  #available(): QueuedMessage[] {
    if (!this.isOrdered) return [...this.#messages];
    const oldest = new Map<string | undefined, QueuedMessage>();
    for (const message of this.#messages) if (!oldest.has(message.group)) oldest.set(message.group, message);
    return [...oldest.values()];
  }

  #deliver(message: QueuedMessage, visibilityMs: number): SQSRecord | undefined {
    message.receiveCount += 1;
    const { now } = this.#time;
    message.receivedAt = [...message.receivedAt.filter((at) => now - at < hourMs), now];
    this.onReceive(message, message.receivedAt.length);
    const { maxReceiveCount, deadLetters } = this.#settings;
    if (deadLetters && message.receiveCount > maxReceiveCount) {
      this.#remove(message);
      deadLetters.send(message.body, { ageMs: this.#time.now - message.sentAt });
      return undefined;
    }
    const { random, duplicate, miscount } = this.#unreliability;
    const isDuplicate = random.chance(duplicate) && this.#mayRepeat();
    const again = isDuplicate ? random.below(5_000) : visibilityMs;
    this.#makeVisibleAt(message, this.#time.now + again);
    const isMiscounted = miscount > 0 && message.receiveCount > 1 && random.chance(miscount);
    return recordOf(message, { queue: this.name, says: isMiscounted ? 1 : message.receiveCount });
  }

  #mayRepeat(): boolean {
    const mayRepeat = this.#unreliability.maxDuplicates > 0;
    if (mayRepeat) this.#unreliability.maxDuplicates -= 1;
    return mayRepeat;
  }

  delete(receiptHandle: string): void {
    const message = this.#find(receiptHandle);
    if (!message) return;
    this.#remove(message);
    const { random, forces = noForces } = this.#unreliability;
    if (this.isOrdered || !isChosen(forces.comesAgain, random) || message.hasComeAgain) return;
    if (!this.#mayRepeat()) return;
    message.hasComeAgain = true;
    this.#messages.push(message);
    this.#makeVisibleAt(message, this.#time.now + random.pick(againAfterMs));
  }

  /** Whether somebody has received a message again since this receive of it. */
  isOutdated(receiptHandle: string): boolean {
    return this.#messages.some(
      (message) => receiptHandle.startsWith(`${message.id}/`) && isOutdated(receiptHandle, message),
    );
  }

  /** Its receiver is done with a message, and leaves it in the queue. If it is visible, another may have received it since. */
  leave(receiptHandle: string): void {
    const message = this.#find(receiptHandle);
    if (message && !isOutdated(receiptHandle, message))
      this.onLeft(message, message.visibleAt - this.#time.now);
  }

  changeVisibility(receiptHandle: string, seconds: number): void {
    const message = this.#find(receiptHandle);
    if (!message) return;
    const receivedAt = message.receivedAt.at(-1) ?? 0;
    if (this.#time.now + seconds * 1000 > receivedAt + maxVisibilityMs)
      throw new QueueUnavailableError('invisible for more than 12 hours in all');
    this.#makeVisibleAt(message, this.#time.now + seconds * 1000);
  }

  #makeVisibleAt(message: QueuedMessage, visibleAt: number): void {
    message.visibleAt = visibleAt;
    this.#time.after(visibleAt - this.#time.now, () => this.#wakeReceivers());
  }

  /** A FIFO queue refuses an outdated receipt handle. */
  #find(receiptHandle: string): QueuedMessage | undefined {
    const message = this.#messages.find(({ id }) => receiptHandle.startsWith(`${id}/`));
    const isTaken = !this.isOrdered && this.#unreliability.takesOutdatedHandles;
    return message && isOutdated(receiptHandle, message) && !isTaken ? undefined : message;
  }

  #remove(message: QueuedMessage): void {
    this.#messages = this.#messages.filter((other) => other !== message);
    // The next of its group may be seen now.
    if (this.isOrdered) this.#time.after(0, () => this.#wakeReceivers());
  }
}

/** Nothing is drawn for what never happens. */
const isChosen = (chance: number, random: SeededRandom): boolean => chance > 0 && random.chance(chance);

const isOutdated = (receiptHandle: string, { id, receiveCount }: QueuedMessage): boolean =>
  receiptHandle !== `${id}/${receiveCount}`;
