import type { JobMessage } from '../../shared/contracts/job-message.ts';
import type { Clock, JobStore } from '../../shared/ports.ts';
import type { JobWrite } from '../../shared/protocol/job-write.ts';
import { abandonWrite, exhaustWrite } from '../../shared/protocol/message-writes.ts';
import type { Refusal } from './decide-refusal.ts';
import { deleted, type Fate, kept } from './fate.ts';

interface SettleDependencies {
  readonly store: JobStore;
  readonly clock: Clock;
  readonly retentionMs: number;
}

const exhausted = {
  name: 'AttemptsExhaustedError',
  message: 'Every attempt was started, and the last one never came to an end.',
};

/** Does what a refused claim calls for. @returns what is to become of the message */
export async function settleRefusal(
  refusal: Refusal,
  message: JobMessage,
  deps: SettleDependencies,
): Promise<Fate> {
  const now = deps.clock.now();
  const { retentionMs } = deps;
  switch (refusal.kind) {
    case 'drop':
      return deleted(refusal.why);
    case 'wait':
      return kept('another worker has the job, or it is not due', refusal.until);
    case 'cancel':
      return finish(abandonWrite(refusal.item, message, { now, retentionMs }), deps);
    case 'exhaust':
      return finish(exhaustWrite(refusal.item, message, { now, retentionMs, error: exhausted }), deps);
    default:
      return kept('the item changed while it was looked at', now);
  }
}

async function finish(write: JobWrite, { store, clock }: SettleDependencies): Promise<Fate> {
  const item = await store.write(write);
  return item ? deleted(`the job is ${item.status}`) : kept('the item changed meanwhile', clock.now());
}
