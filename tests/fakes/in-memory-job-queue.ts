import { QueueUnavailableError } from '../../shared/job/errors.ts';
import type { JobMessage } from '../../shared/job/message.ts';
import type { Delivery, JobQueue } from '../../shared/job/ports.ts';

/** The sending side of the queue, as lists of what it was asked to do. What is among `failing` is refused. */
export class InMemoryJobQueue implements JobQueue {
  readonly isOrdered: boolean;
  readonly sent: { readonly message: JobMessage; readonly delaySeconds: number }[] = [];
  readonly visibilityChanges: { readonly receiptHandle: string; readonly seconds: number }[] = [];
  readonly quarantined: { readonly body: string; readonly reason: string }[] = [];
  readonly failing = new Set<keyof JobQueue>();

  constructor({ isOrdered = false } = {}) {
    this.isOrdered = isOrdered;
  }

  async send(message: JobMessage, delaySeconds = 0): Promise<void> {
    this.#refuseIfFailing('send');
    this.sent.push({ message, delaySeconds });
  }

  async changeVisibility({ receiptHandle }: Pick<Delivery, 'receiptHandle'>, seconds: number): Promise<void> {
    this.#refuseIfFailing('changeVisibility');
    this.visibilityChanges.push({ receiptHandle: receiptHandle, seconds });
  }

  async quarantine({ body }: Delivery, reason: string): Promise<void> {
    this.#refuseIfFailing('quarantine');
    this.quarantined.push({ body, reason });
  }

  #refuseIfFailing(call: keyof JobQueue): void {
    if (this.failing.has(call)) throw new QueueUnavailableError(`${call} fails, as told`);
  }
}
