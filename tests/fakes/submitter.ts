import { contracts } from '../../job-types/contracts.ts';
import { runQueueOf } from '../../shared/job/contract.ts';
import { fingerprintOf, keyedJobId } from '../../shared/job/fingerprint.ts';
import { queueNames } from '../../shared/job/ports.ts';
import { type Submission, type Submitted, submitJob } from '../../shared/operations/submit-job.ts';
import { FixedClock, fixedRandom } from './fixed.ts';
import { InMemoryJobQueue } from './in-memory-job-queue.ts';
import { InMemoryJobStore } from './in-memory-job-store.ts';
import { type Hook, intercepted } from './intercepted.ts';

const jobIdSecret = 'a secret of this deployment';

export const aSubmission: Submission = {
  tenant: 'a tenant',
  type: 'countdown',
  payload: { seconds: 1 },
  maxAttempts: 5,
};
export const itsFingerprint = fingerprintOf({ type: 'countdown', payload: { seconds: 1 } });
export const aKeyedSubmission: Submission = { ...aSubmission, idempotencyKey: 'a key' };
export const itsKeyedId = keyedJobId(jobIdSecret, 'a tenant', 'a key');

/** Submits on fakes; `before` is told of every call to the table and the queues. */
export function aSubmitter(before: Hook = () => {}) {
  const store = new InMemoryJobStore();
  const clock = new FixedClock();
  const queues = {
    standard: new InMemoryJobQueue(),
    long: new InMemoryJobQueue(),
    ordered: new InMemoryJobQueue({ isOrdered: true }),
    waiting: new InMemoryJobQueue(),
  };
  const calls: string[] = [];
  const note = (call: string) => {
    calls.push(call);
    return before(call);
  };
  const noted = (queue: InMemoryJobQueue) => intercepted({ store, queue }, { before: note });
  const notedQueues = {
    standard: noted(queues.standard).queue,
    long: noted(queues.long).queue,
    ordered: noted(queues.ordered).queue,
    waiting: noted(queues.waiting).queue,
  };
  /** The run queue of `aSubmission`. */
  const queue = queues[runQueueOf(contracts, aSubmission.type)];
  const rest = { contracts, clock, random: fixedRandom(), jobIdSecret };
  const submit = (what: Submission): Promise<Submitted> =>
    submitJob(what, { store: noted(queue).store, queues: notedQueues, ...rest });
  /** Another submission, that nothing gets in the way of. */
  const submitBeside = (what: Submission): Promise<Submitted> => submitJob(what, { store, queues, ...rest });
  /** What was sent, and where to. */
  const sent = () => queueNames.flatMap((name) => queues[name].sent.map((one) => ({ queue: name, ...one })));
  return { submit, submitBeside, store, clock, queue, queues, sent, calls };
}
