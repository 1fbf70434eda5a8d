import { deduplicationId, maxVisibilitySeconds } from '../../shared/aws/queues/job-queue.ts';
import { maxQueueDelaySeconds } from '../../shared/domain/base/schedule-time.ts';
import { type JobMessage, writeMessage } from '../../shared/domain/state/job/message.ts';
import type { JobQueue } from '../../shared/domain/state/ports.ts';
import type { SimulatedQueue } from './simulated-queue.ts';

interface Queues {
  readonly own: SimulatedQueue;
  /** For what cannot be processed. */
  readonly quarantined: SimulatedQueue;
}

interface Between {
  /** Makes a call, or makes it fail. */
  readonly call: (what: string, effect: () => void) => Promise<void>;
  /** Called for every message that the queue has taken. */
  readonly onSent: (message: JobMessage) => void;
  /** Called for every message that is about to go to quarantine. */
  readonly onQuarantined: (body: string) => void;
  readonly deduplicationId: (message: JobMessage) => string;
}

const nothing: Between = {
  call: async (_what, effect) => effect(),
  onSent: () => {},
  onQuarantined: () => {},
  deduplicationId,
};

/** A simulated queue behind the `JobQueue` port, with hooks in between. */
export function queuePort({ own, quarantined }: Queues, between: Partial<Between> = {}): JobQueue {
  const { call, onSent, onQuarantined, deduplicationId: idOf } = { ...nothing, ...between };
  const fifo = (message: JobMessage) =>
    own.isOrdered
      ? { group: JSON.stringify([message.tenant, message.options.group]), deduplicationId: idOf(message) }
      : {};
  return {
    isOrdered: own.isOrdered,
    send: (message, delaySeconds = 0) =>
      call(`send to ${own.name}`, () => {
        const delayMs = own.isOrdered ? 0 : Math.min(Math.ceil(delaySeconds), maxQueueDelaySeconds) * 1000;
        if (own.send(writeMessage(message), { delayMs, ...fifo(message) })) onSent(message);
      }),
    changeVisibility: ({ receiptHandle }, seconds) =>
      call('changeVisibility', () =>
        own.changeVisibility(receiptHandle, Math.min(Math.ceil(seconds), maxVisibilitySeconds)),
      ),
    quarantine: ({ body }) =>
      call('quarantine', () => {
        onQuarantined(body);
        quarantined.send(body);
      }),
  };
}
