import { readMessage } from '../../shared/contracts/job-message.ts';
import { UnreadableMessageError } from '../../shared/errors.ts';
import type { Log } from '../../shared/logger.ts';
import type { Clock, Delivery, JobQueue, JobStore } from '../../shared/ports.ts';
import { decideRefusal } from '../../shared/protocol/decide-refusal.ts';
import { deleted, type Fate, kept } from '../../shared/protocol/fate.ts';
import { giveUpWrite } from '../../shared/protocol/message-writes.ts';
import { settleRefusal } from '../../shared/protocol/settle-refusal.ts';

export interface DeadLetterDependencies {
  readonly store: JobStore;
  readonly queue: JobQueue;
  readonly clock: Clock;
  readonly log: Log;
  readonly retentionMs: number;
}

const undelivered = {
  name: 'DeadLetterError',
  message: 'The message was delivered too often without any worker coming to an end with it.',
};

/**
 * Ends the job of a dead letter, visibly and retriably, unless it has ended or a worker has it. A message that
 * cannot be read belongs to no job: it is put aside for a person.
 * @returns what is to become of the message
 */
export async function resolveDeadLetter(delivery: Delivery, deps: DeadLetterDependencies): Promise<Fate> {
  const message = readMessage(delivery.body);
  if (message instanceof UnreadableMessageError) {
    deps.log.error('unreadable message put aside', { error: message, messageId: delivery.messageId });
    await deps.queue.bury(delivery, message.message);
    return deleted('it is kept for a person');
  }
  const now = deps.clock.now();
  const refusal = decideRefusal(await deps.store.read(message.id), { message, now });
  if (refusal.kind !== 'free' && refusal.kind !== 'notDue' && refusal.kind !== 'exhaust')
    return settleRefusal(refusal, message, deps);
  const failed = await deps.store.write(
    giveUpWrite(message, { now, retentionMs: deps.retentionMs, error: undelivered }),
  );
  if (!failed) return kept('the item changed meanwhile', now, message);
  deps.log.error('dead letter: job failed', { jobId: message.id, type: message.type });
  return deleted('the job is failed');
}
