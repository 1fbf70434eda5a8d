import { QueueUnavailableError } from '../../shared/job/errors.ts';
import type { JobMessage } from '../../shared/job/message.ts';
import type { Delivery, JobQueue } from '../../shared/job/ports.ts';

/** A queue that records the calls made to it. A call whose name is in `failing` throws. */
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
    this.#throwIfFailing('send');
    this.sent.push({ message, delaySeconds });
  }

  async changeVisibility({ receiptHandle }: Pick<Delivery, 'receiptHandle'>, seconds: number): Promise<void> {
    this.#throwIfFailing('changeVisibility');
    this.visibilityChanges.push({ receiptHandle, seconds });
  }

  async quarantine({ body }: Delivery, reason: string): Promise<void> {
    this.#throwIfFailing('quarantine');
    this.quarantined.push({ body, reason });
  }

  #throwIfFailing(call: keyof JobQueue): void {
    if (this.failing.has(call)) throw new QueueUnavailableError(`${call} fails in this test`);
  }
}
