import type { SQSRecord } from 'aws-lambda';
import { type JobMessage, writeMessage } from '../../shared/domain/state/job/message.ts';
import type { Delivery, JobQueue } from '../../shared/domain/state/ports.ts';
import type { VirtualTime } from './virtual-time.ts';

interface Message {
  readonly id: string;
  readonly body: string;
  /** Of a child in a group: it is received when the ones before it are deleted. */
  readonly group: string | undefined;
  readonly sentAt: number;
  visibleAt: number;
  receiveCount: number;
}

/** How long a received message is invisible, if nobody says otherwise. */
const visibilityMs = 6 * 60_000;

/** The queue of one job. It stands for every queue that the job's messages are sent to. */
export class PlayQueue implements JobQueue {
  readonly isOrdered = false;
  readonly #time: VirtualTime;
  readonly #onVisible: () => void;
  #messages: readonly Message[] = [];
  #sent = 0;

  constructor(time: VirtualTime, onVisible: () => void) {
    this.#time = time;
    this.#onVisible = onVisible;
  }

  get isEmpty(): boolean {
    return this.#messages.length === 0;
  }

  async send(message: JobMessage, delaySeconds = 0): Promise<void> {
    this.#sent += 1;
    const sent = {
      id: `message-${this.#sent}`,
      body: writeMessage(message),
      group: message.options.group,
      sentAt: this.#time.now,
      visibleAt: 0,
      receiveCount: 0,
    };
    this.#messages = [...this.#messages, sent];
    this.#makeVisible(sent, delaySeconds * 1000);
  }

  async changeVisibility({ receiptHandle }: Pick<Delivery, 'receiptHandle'>, seconds: number): Promise<void> {
    const message = this.#messages.find(({ id }) => receiptHandle === id);
    if (message) this.#makeVisible(message, seconds * 1000);
  }

  async quarantine(_delivery: Delivery, reason: string): Promise<void> {
    throw new Error(`the kit sends messages that can be read: ${reason}`);
  }

  /** Every message that is visible. Then it is not, for a while. */
  receive(): readonly SQSRecord[] {
    const first = new Map(this.#messages.toReversed().map(({ group, id }) => [group, id]));
    const visible = this.#messages.filter(
      ({ id, group, visibleAt }) =>
        visibleAt <= this.#time.now && (group === undefined || first.get(group) === id),
    );
    return visible.map((message) => {
      message.receiveCount += 1;
      this.#makeVisible(message, visibilityMs);
      return recordOf(message);
    });
  }

  /** Delivers every message once more, although it is being processed. */
  deliverAgain(): void {
    for (const message of this.#messages) this.#makeVisible(message, 0);
  }

  delete(id: string): void {
    const isOfGroup = this.#messages.some((message) => message.id === id && message.group !== undefined);
    this.#messages = this.#messages.filter((message) => message.id !== id);
    // The next one of its group may be received now.
    if (isOfGroup) this.#time.after(0, this.#onVisible);
  }

  #makeVisible(message: Message, afterMs: number): void {
    message.visibleAt = this.#time.now + afterMs;
    this.#time.after(afterMs, this.#onVisible);
  }
}

const recordOf = ({ id, body, receiveCount, sentAt }: Message): SQSRecord => ({
  messageId: id,
  receiptHandle: id,
  body,
  attributes: {
    ApproximateReceiveCount: String(receiveCount),
    SentTimestamp: String(sentAt),
    SenderId: 'testkit',
    ApproximateFirstReceiveTimestamp: String(sentAt),
  },
  messageAttributes: {},
  md5OfBody: '',
  eventSource: 'aws:sqs',
  eventSourceARN: 'testkit',
  awsRegion: 'testkit',
});
