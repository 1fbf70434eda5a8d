import type { JobError } from '../contracts/job-item.ts';
import type { Log } from '../logger.ts';
import { decideRefusal } from './decide-refusal.ts';
import { type Fate, kept } from './fate.ts';
import { giveUpWrite } from './message-writes.ts';
import type { Received } from './read-delivery.ts';
import { type SettleDependencies, settleRefusal } from './settle-refusal.ts';
import { wakeThenDelete } from './wake-dependents.ts';

interface GivenUp extends Pick<Received, 'message' | 'again'> {
  readonly error: JobError;
}

/**
 * Fails a job whose message will come to nothing, visibly and retriably; unless it has ended, or a worker has it.
 * @returns what is to become of the message
 */
export async function giveUp(
  { message, error, again }: GivenUp,
  deps: SettleDependencies & { readonly log: Log },
): Promise<Fate> {
  const { store, clock, log, retentionMs } = deps;
  const now = clock.now();
  const refusal = decideRefusal(await store.read(message.id), { message, now });
  if (refusal.kind !== 'free' && refusal.kind !== 'notDue' && refusal.kind !== 'exhaust')
    return settleRefusal(refusal, { message, again }, deps);
  const failed = await store.write(giveUpWrite(message, { now, retentionMs, error }));
  if (!failed) return kept('the item changed meanwhile', now, message);
  log.error('job given up', { jobId: message.id, type: message.type, error });
  return wakeThenDelete(failed, deps);
}
