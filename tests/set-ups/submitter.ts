import { runQueueOf } from '../../shared/author/contract.ts';
import { fingerprintOf, keyedJobId } from '../../shared/domain/base/fingerprint.ts';
import { debouncesIn } from '../../shared/domain/state/limits/debounces.ts';
import { firstTriesIn } from '../../shared/domain/state/limits/first-tries.ts';
import { queueNames } from '../../shared/domain/state/ports.ts';
import type { Submission, SubmitDependencies, Submitted } from '../../shared/operations/submit/submission.ts';
import { submitJob } from '../../shared/operations/submit/submit-job.ts';
import { FixedClock, fixedRandom } from '../../testkit/fakes/fixed.ts';
import { InMemoryJobStore } from '../../testkit/fakes/in-memory-job-store.ts';
import {
  everyQueue,
  type InMemoryJobQueue,
  InMemoryPointerQueue,
  inMemoryJobQueues,
} from '../../testkit/fakes/in-memory-queues.ts';
import { InMemoryRecords } from '../../testkit/fakes/in-memory-records.ts';
import { type Hook, intercepted } from '../../testkit/fakes/intercepted.ts';
import { suspending } from '../../testkit/fakes/suspending.ts';
import { contracts } from '../job-types/contracts.ts';
import { stageSetup, uploadRules } from './samples.ts';

const jobIdSecret = 'a secret of this deployment';

export const aSubmission: Submission = {
  tenant: 'a tenant',
  type: 'counting',
  payload: { seconds: 1 },
  maxAttempts: 5,
};
export const itsFingerprint = fingerprintOf({ type: 'counting', payload: { seconds: 1 } });
export const aKeyedSubmission: Submission = { ...aSubmission, idempotencyKey: 'a key' };
export const itsKeyedId = keyedJobId(jobIdSecret, 'a tenant', 'a key');

/** What a submission has beside its table and its queues. */
export const submissionFakes = () => ({
  random: fixedRandom(),
  firstTries: firstTriesIn(new InMemoryRecords()),
  debounces: debouncesIn(new InMemoryRecords()),
  pointers: new InMemoryPointerQueue(),
  uploads: uploadRules,
  setup: stageSetup,
  listShards: 1,
});

/** Submits jobs on fakes. `before` runs before every call to the table and to the queues. */
export function aSubmitter(before: Hook = () => {}) {
  const store = new InMemoryJobStore();
  const clock = new FixedClock();
  const queues = inMemoryJobQueues();
  const { suspended, suspensions } = suspending();
  const calls: string[] = [];
  const record = (call: string) => {
    calls.push(call);
    return before(call);
  };
  const recorded = (queue: InMemoryJobQueue) => intercepted({ store, queue }, { before: record });
  const recordedQueues = everyQueue((name) => recorded(queues[name]).queue);
  /** The run queue of `aSubmission`. */
  const queue = queues[runQueueOf(contracts, aSubmission.type)];
  const rest = {
    contracts,
    clock,
    ...submissionFakes(),
    jobIdSecret,
    suspensions,
  };
  const submit = (
    submission: Submission,
    more: Partial<
      Pick<
        SubmitDependencies,
        | 'keepPayload'
        | 'contracts'
        | 'door'
        | 'groupDoor'
        | 'pauseDoor'
        | 'dependencies'
        | 'firstTries'
        | 'debounces'
        | 'pointers'
      >
    > = {},
  ): Promise<Submitted> =>
    submitJob(submission, { store: recorded(queue).store, queues: recordedQueues, ...rest, ...more });
  /** Submits without calling `before`: a hook can use it to make another submission. */
  const submitUnhooked = (submission: Submission): Promise<Submitted> =>
    submitJob(submission, { store, queues, ...rest });
  /** The messages that were sent, each with the name of its queue. */
  const sent = () => queueNames.flatMap((name) => queues[name].sent.map((one) => ({ queue: name, ...one })));
  return { submit, submitUnhooked, suspended, store, clock, queue, queues, sent, calls };
}
