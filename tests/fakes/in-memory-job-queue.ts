import type { JobMessage } from '../../shared/contracts/job-message.ts';
import { QueueUnavailableError } from '../../shared/errors.ts';
import type { Delivery, JobQueue } from '../../shared/ports.ts';

/** The sending side of the queue, as lists of what it was asked to do. What is among `failing` is refused. */
export class InMemoryJobQueue implements JobQueue {
  readonly isOrdered: boolean;
  readonly sent: { readonly message: JobMessage; readonly delaySeconds: number }[] = [];
  readonly hidden: { readonly receipt: string; readonly seconds: number }[] = [];
  readonly buried: { readonly body: string; readonly reason: string }[] = [];
  readonly failing = new Set<keyof JobQueue>();

  constructor({ isOrdered = false } = {}) {
    this.isOrdered = isOrdered;
  }

  async send(message: JobMessage, delaySeconds = 0): Promise<void> {
    this.#refuseIfFailing('send');
    this.sent.push({ message, delaySeconds });
  }

  async hide({ receiptHandle }: Pick<Delivery, 'receiptHandle'>, seconds: number): Promise<void> {
    this.#refuseIfFailing('hide');
    this.hidden.push({ receipt: receiptHandle, seconds });
  }

  async bury({ body }: Delivery, reason: string): Promise<void> {
    this.#refuseIfFailing('bury');
    this.buried.push({ body, reason });
  }

  #refuseIfFailing(call: keyof JobQueue): void {
    if (this.failing.has(call)) throw new QueueUnavailableError(`${call} fails, as told`);
  }
}
