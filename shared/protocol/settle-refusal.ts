import type { JobMessage } from '../contracts/job-message.ts';
import type { Clock, JobStore } from '../ports.ts';
import type { Refusal } from './decide-refusal.ts';
import { deleted, type Fate, kept } from './fate.ts';
import type { JobWrite } from './job-write.ts';
import { abandonWrite, exhaustWrite, saveMessageWrite } from './message-writes.ts';
import { retryWrite } from './retry-writes.ts';

interface SettleDependencies {
  readonly store: JobStore;
  readonly clock: Clock;
  readonly retentionMs: number;
}

const exhausted = {
  name: 'AttemptsExhaustedError',
  message: 'Every attempt was started, and the last one never came to an end.',
};

/** Does what a message calls for that may not start its job. @returns what is to become of the message */
export async function settleRefusal(
  refusal: Refusal,
  message: JobMessage,
  deps: SettleDependencies,
): Promise<Fate> {
  const now = deps.clock.now();
  const { retentionMs } = deps;
  const thenDelete = (write: JobWrite) => writeThen(write, (status) => deleted(`the job is ${status}`));
  const writeThen = async (write: JobWrite, fate: (status: string) => Fate): Promise<Fate> => {
    const item = await deps.store.write(write);
    return item ? fate(item.status) : kept('the item changed meanwhile', deps.clock.now(), message);
  };
  switch (refusal.kind) {
    case 'drop':
      return deleted(refusal.why);
    case 'leased':
      return kept('a worker has the job', refusal.until, message);
    case 'notDue':
      return kept('the job is not due', refusal.until, message);
    case 'cancel':
      return thenDelete(abandonWrite(refusal.item, message, { now, retentionMs }));
    case 'exhaust':
      return thenDelete(exhaustWrite(refusal.item, message, { now, retentionMs, error: exhausted }));
    case 'save':
      return thenDelete(saveMessageWrite(message, now));
    case 'retry':
      return writeThen(retryWrite(message, message.run - 1, now), () => kept('retried', now, message));
    default:
      return kept('the item changed while it was looked at', now, message);
  }
}
