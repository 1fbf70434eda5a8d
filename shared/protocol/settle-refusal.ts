import type { JobItem } from '../contracts/job-item.ts';
import type { Clock } from '../ports.ts';
import type { Refusal } from './decide-refusal.ts';
import { deleted, type Fate, kept } from './fate.ts';
import type { JobWrite } from './job-write.ts';
import { abandonWrite, exhaustWrite, receiptWrite, saveMessageWrite } from './message-writes.ts';
import type { Received } from './read-delivery.ts';
import { retryWrite } from './retry-writes.ts';
import { type WakeDependencies, wakeThenDelete } from './wake-dependents.ts';

export interface SettleDependencies extends WakeDependencies {
  readonly clock: Clock;
  readonly retentionMs: number;
}

const exhausted = {
  name: 'AttemptsExhaustedError',
  message: 'Every attempt was started, and the last one never came to an end.',
};

interface Delivered extends Pick<Received, 'message' | 'again'> {
  readonly receiptHandle?: string;
}

/** Does what a message calls for that may not start its job. @returns what is to become of the message */
export async function settleRefusal(
  refusal: Refusal,
  { message, again, receiptHandle }: Delivered,
  deps: SettleDependencies,
): Promise<Fate> {
  const now = deps.clock.now();
  const { retentionMs } = deps;
  const finish = (item: JobItem) => wakeThenDelete(item, deps);
  const writeThen = async (write: JobWrite, fate: (item: JobItem) => Fate | Promise<Fate>): Promise<Fate> => {
    const item = await deps.store.write(write);
    return item ? fate(item) : kept('the item changed meanwhile', deps.clock.now(), message);
  };
  switch (refusal.kind) {
    case 'drop':
      return deleted(refusal.why);
    case 'finished':
      // The cancel call may have died before its wakes; only this message can make up for them.
      return again || refusal.item.status === 'canceled'
        ? finish(refusal.item)
        : deleted(`the job is ${refusal.item.status}`);
    case 'leased':
      return kept('a worker has the job', refusal.until, message);
    case 'notDue': {
      const notDue = kept('the job is not due', refusal.until, message);
      if (!refusal.item || message.options.group === undefined || receiptHandle === undefined) return notDue;
      return writeThen(receiptWrite(refusal.item, receiptHandle, now), () => notDue);
    }
    case 'cancel':
      return writeThen(abandonWrite(refusal.item, message, { now, retentionMs }), finish);
    case 'exhaust':
      return writeThen(exhaustWrite(refusal.item, message, { now, retentionMs, error: exhausted }), finish);
    case 'save':
      return writeThen(saveMessageWrite(message, now), finish);
    case 'retry':
      return writeThen(retryWrite(refusal.item, now), () => kept('retried', now, message));
    default:
      return kept('the item changed while it was looked at', now, message);
  }
}
