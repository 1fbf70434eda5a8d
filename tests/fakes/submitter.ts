import { type Submission, type Submitted, submitJob } from '../../functions/submit/submit-job.ts';
import { fingerprintOf, keyedJobId } from '../../shared/fingerprint.ts';
import { FixedClock, fixedRandom } from './fixed.ts';
import { InMemoryJobQueue } from './in-memory-job-queue.ts';
import { InMemoryJobStore } from './in-memory-job-store.ts';
import { type Hook, intercepted } from './intercepted.ts';

const jobIdSecret = 'a secret of this deployment';

export const aSubmission: Submission = {
  tenant: 'a tenant',
  type: 'countdown',
  payload: { seconds: 1 },
  queue: 'standard',
  maxAttempts: 5,
};
export const itsFingerprint = fingerprintOf({ type: 'countdown', payload: { seconds: 1 } });
export const aKeyedSubmission: Submission = { ...aSubmission, idempotencyKey: 'a key' };
export const itsKeyedId = keyedJobId(jobIdSecret, 'a tenant', 'a key');

/** Submits on fakes; `before` is told of every call to the table and the standard queue. */
export function aSubmitter(before: Hook = () => {}) {
  const store = new InMemoryJobStore();
  const queue = new InMemoryJobQueue();
  const long = new InMemoryJobQueue();
  const calls: string[] = [];
  const note = (call: string) => {
    calls.push(call);
    return before(call);
  };
  const noted = intercepted({ store, queue }, { before: note });
  const rest = { clock: new FixedClock(), random: fixedRandom(), jobIdSecret };
  const submit = (what: Submission): Promise<Submitted> =>
    submitJob(what, { store: noted.store, queues: { standard: noted.queue, long }, ...rest });
  /** Another submission, that nothing gets in the way of. */
  const submitBeside = (what: Submission): Promise<Submitted> =>
    submitJob(what, { store, queues: { standard: queue, long }, ...rest });
  return { submit, submitBeside, store, queue, long, calls };
}
