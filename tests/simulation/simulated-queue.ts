import type { SQSRecord } from 'aws-lambda';
import type { SeededRandom } from './random.ts';
import type { VirtualTime } from './virtual-time.ts';

interface Message {
  readonly id: string;
  readonly body: string;
  readonly sentAt: number;
  visibleAt: number;
  receiveCount: number;
}

export interface QueueSettings {
  readonly visibilityMs: number;
  readonly maxReceiveCount: number;
  readonly deadLetters?: SimulatedQueue | undefined;
}

/** How a queue makes trouble. */
export interface Unreliability {
  readonly random: SeededRandom;
  /** The chance that a received message is delivered again although it is hidden. */
  readonly duplicate: number;
  readonly reorder: boolean;
}

const retentionMs = 14 * 24 * 3600 * 1000;

/** SQS, standard: at least once, in no order, hidden while received, redriven when received too often. */
export class SimulatedQueue {
  readonly name: string;
  readonly #time: VirtualTime;
  readonly #settings: QueueSettings;
  readonly #unreliability: Unreliability;
  #messages: Message[] = [];
  #count = 0;
  /** Called when a message may have become visible. */
  onVisible: () => void = () => {};

  constructor(name: string, time: VirtualTime, settings: QueueSettings, unreliability: Unreliability) {
    this.name = name;
    this.#time = time;
    this.#settings = settings;
    this.#unreliability = unreliability;
  }

  get length(): number {
    return this.#messages.length;
  }

  get bodies(): readonly string[] {
    return this.#messages.map(({ body }) => body);
  }

  /** `receiveCount` and `ageMs` let a message be old when it is sent. */
  send(body: string, { delayMs = 0, receiveCount = 0, ageMs = 0 } = {}): void {
    this.#count += 1;
    const message = {
      id: `${this.name}-${this.#count}`,
      body,
      sentAt: this.#time.now - ageMs,
      visibleAt: 0,
      receiveCount,
    };
    this.#messages.push(message);
    this.#hideUntil(message, this.#time.now + delayMs);
  }

  receive(most: number): SQSRecord[] {
    this.#messages = this.#messages.filter(({ sentAt }) => this.#time.now - sentAt < retentionMs);
    const visible = this.#messages.filter(({ visibleAt }) => visibleAt <= this.#time.now);
    const { random, reorder } = this.#unreliability;
    if (reorder) visible.sort(() => random.fraction() - 0.5);
    return visible.slice(0, most).flatMap((message) => this.#deliver(message) ?? []);
  }

  #deliver(message: Message): SQSRecord | undefined {
    message.receiveCount += 1;
    const { maxReceiveCount, deadLetters, visibilityMs } = this.#settings;
    if (deadLetters && message.receiveCount > maxReceiveCount) {
      this.#remove(message);
      deadLetters.send(message.body, { ageMs: this.#time.now - message.sentAt });
      return undefined;
    }
    const { random, duplicate } = this.#unreliability;
    const again = random.chance(duplicate) ? random.below(5_000) : visibilityMs;
    this.#hideUntil(message, this.#time.now + again);
    return this.#record(message);
  }

  /** Takes outdated receipt handles too: SQS does not promise that, but it would be the worse of the two. */
  delete(receipt: string): void {
    const message = this.#find(receipt);
    if (message) this.#remove(message);
  }

  hide(receipt: string, seconds: number): void {
    const message = this.#find(receipt);
    if (message) this.#hideUntil(message, this.#time.now + seconds * 1000);
  }

  #hideUntil(message: Message, visibleAt: number): void {
    message.visibleAt = visibleAt;
    this.#time.after(visibleAt - this.#time.now, () => this.onVisible());
  }

  #find(receipt: string): Message | undefined {
    return this.#messages.find(({ id }) => receipt.startsWith(`${id}/`));
  }

  #remove(message: Message): void {
    this.#messages = this.#messages.filter((other) => other !== message);
  }

  #record({ id, body, receiveCount, sentAt }: Message): SQSRecord {
    return {
      messageId: id,
      receiptHandle: `${id}/${receiveCount}`,
      body,
      attributes: {
        ApproximateReceiveCount: String(receiveCount),
        SentTimestamp: String(sentAt),
        SenderId: 'simulation',
        ApproximateFirstReceiveTimestamp: String(sentAt),
      },
      messageAttributes: {},
      md5OfBody: '',
      eventSource: 'aws:sqs',
      eventSourceARN: this.name,
      awsRegion: 'simulation',
    };
  }
}
