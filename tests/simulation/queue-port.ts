import { deduplicationId } from '../../shared/adapters/sqs-job-queue.ts';
import { type JobMessage, writeMessage } from '../../shared/contracts/job-message.ts';
import type { JobQueue } from '../../shared/ports.ts';
import type { SimulatedQueue } from './simulated-queue.ts';

interface Queues {
  readonly own: SimulatedQueue;
  /** For its dead letters. */
  readonly dead: SimulatedQueue;
}

interface Between {
  /** Makes a call, or lets it go wrong. */
  readonly call: (what: string, effect: () => void) => Promise<void>;
  /** Told of every message that the queue has taken. */
  readonly onSent: (message: JobMessage) => void;
  readonly deduplicationId: (message: JobMessage) => string;
}

const nothing: Between = {
  call: async (_what, effect) => effect(),
  onSent: () => {},
  deduplicationId,
};

/** SQS lets a message be hidden for 12 hours from its receipt. */
const longestHideSeconds = 12 * 3600 - 900;

/** A simulated queue behind the `JobQueue` port, and what stands in between. */
export function queuePort({ own, dead }: Queues, between: Partial<Between> = {}): JobQueue {
  const { call, onSent, deduplicationId: idOf } = { ...nothing, ...between };
  const fifo = (message: JobMessage) =>
    own.isOrdered
      ? { group: JSON.stringify([message.tenant, message.options.group]), deduplicationId: idOf(message) }
      : {};
  return {
    isOrdered: own.isOrdered,
    send: (message, delaySeconds = 0) =>
      call(`send to ${own.name}`, () => {
        const delayMs = own.isOrdered ? 0 : Math.ceil(delaySeconds) * 1000;
        if (own.send(writeMessage(message), { delayMs, ...fifo(message) })) onSent(message);
      }),
    hide: ({ receiptHandle }, seconds) =>
      call('hide', () => own.hide(receiptHandle, Math.min(Math.ceil(seconds), longestHideSeconds))),
    bury: ({ body, messageId }) =>
      call('bury', () => {
        dead.send(body, dead.isOrdered ? { group: messageId, deduplicationId: messageId } : {});
      }),
  };
}
