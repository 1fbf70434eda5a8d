/** A job's states and the only ways between them, as data. The table's write conditions are derived from it. */

export const jobStatuses = ['queued', 'waiting', 'running', 'succeeded', 'failed', 'canceled'] as const;
export type JobStatus = (typeof jobStatuses)[number];

/** What follows from a status alone. A new status does not compile until each of these is decided for it. */
interface StatusFacts {
  /** The job has ended: only a retry by the user leads out of it. */
  readonly isTerminal: boolean;
  readonly canBeRetried: boolean;
  /** A worker may take the job as soon as its time has come. */
  readonly isQueued: boolean;
  /** A worker has claimed the job. Its lease may have run out. */
  readonly isClaimed: boolean;
  /** The job waits for its time or for other jobs, or it sleeps. */
  readonly isWaiting: boolean;
  /** It has a result, and what depends on it may run. */
  readonly hasSucceeded: boolean;
  /** Its error is why it ended. */
  readonly hasFailed: boolean;
}

const open = {
  isTerminal: false,
  canBeRetried: false,
  isQueued: false,
  isClaimed: false,
  isWaiting: false,
  hasSucceeded: false,
  hasFailed: false,
};
const ended = { ...open, isTerminal: true };

const statusFacts: Readonly<Record<JobStatus, StatusFacts>> = {
  queued: { ...open, isQueued: true },
  waiting: { ...open, isWaiting: true },
  running: { ...open, isClaimed: true },
  succeeded: { ...ended, hasSucceeded: true },
  failed: { ...ended, canBeRetried: true, hasFailed: true },
  canceled: { ...ended, canBeRetried: true },
};

export const isTerminal = (status: JobStatus): boolean => statusFacts[status].isTerminal;
export const canBeRetried = (status: JobStatus): boolean => statusFacts[status].canBeRetried;
export const isQueued = (status: JobStatus): boolean => statusFacts[status].isQueued;
export const isClaimed = (status: JobStatus): boolean => statusFacts[status].isClaimed;
export const isWaiting = (status: JobStatus): boolean => statusFacts[status].isWaiting;
export const hasSucceeded = (status: JobStatus): boolean => statusFacts[status].hasSucceeded;
export const hasFailed = (status: JobStatus): boolean => statusFacts[status].hasFailed;

/**
 * Where a transition may start: a stored status; no item at all; or a `running` whose lease has run out. Of the last,
 * `expiredAlone` ran alone in its process, and `expiredWithOthers` with other jobs.
 */
export type Origin = JobStatus | 'absent' | 'expired' | 'expiredAlone' | 'expiredWithOthers';

/**
 * What a write must prove about the item it changes, beside its status.
 * - `sameRequest`: fingerprint and run are the message's, so a racing or outdated message changes nothing. The item's
 *   version is one that this code knows
 * - `fencingToken`: it is the one that the writer got at its claim, or read before
 * - `due`: the job need not wait any longer, neither for its own time nor after an error
 * - `attemptsLeft`, `attemptsSpent`: by the count in the item
 * - `notCanceling`, `canceling`: whether a cancel was requested
 * - `noSavedMessage`: the item has no copy of the message, so the queue still has it
 * - `roomForDependents`: not too many jobs wait for this one yet
 * - `leaseNotShortened`: the lease that is written does not end sooner than the stored one
 * - `inTime`: the job has started before or may start late, unless the time to start is not over
 * - `late`: it has not, and may not
 * - `unchanged`: nothing was written since the item was read. If there was none, there still is none
 * - `sameMessageObject`: its message is in the object in which it was when the item was read: `saveMessage` leaves no
 *   trace in what `unchanged` looks at
 * - `sameEnd`: the job has not gone on since, and ended again. A canceled job may do so in the same run
 * - `sameNotification`: the records of its notifications are those that were read
 * - `sameLook`: nobody has looked at it since it was read, and no worker has claimed it
 * - `sameProof`: no copy has taken the place of its message since it was read
 * - `sameSignals`: no answer has come since its signals were read, and no wait has begun or ended
 * - `sameTime`: it waits until the same time as when it was read
 * - `sameStamp`: its message has not left its queue since it was read
 * - `noStray`: its message has not left its queue since the copy was made by which the job is claimed
 *
 * `leaseNotShortened` and `unchanged` guard against a delayed request: the SDK gives up a call and repeats it, and when
 * the first one arrives after all, it must not undo what came later.
 */
export type Requirement =
  | 'sameRequest'
  | 'fencingToken'
  | 'due'
  | 'attemptsLeft'
  | 'attemptsSpent'
  | 'notCanceling'
  | 'canceling'
  | 'noSavedMessage'
  | 'roomForDependents'
  | 'leaseNotShortened'
  | 'inTime'
  | 'late'
  | 'unchanged'
  | 'sameMessageObject'
  | 'sameEnd'
  | 'sameNotification'
  | 'sameLook'
  | 'sameProof'
  | 'sameSignals'
  | 'sameTime'
  | 'sameStamp'
  | 'noStray';

export interface Transition {
  readonly from: readonly Origin[];
  /** `same`: the write leaves the status as it is. */
  readonly to: JobStatus | 'same';
  readonly requires: readonly Requirement[];
}

const running = ['running'] as const;
const byHolder = ['fencingToken'] as const;
/** The job goes on later. If a cancel was requested meanwhile, it must end instead. */
const goingOn = ['fencingToken', 'notCanceling'] as const;
const notStarted = ['queued', 'waiting'] as const;
/** No worker holds it. */
const unheld = ['queued', 'waiting', 'expired'] as const;
const notFinished = ['queued', 'waiting', 'running'] as const;
const over = ['succeeded', 'failed', 'canceled'] as const;
/** The item is as its writer has read it. */
const asRead = ['sameRequest', 'unchanged'] as const;
const asProven = ['sameRequest', 'unchanged', 'sameProof'] as const;

/** No entry is spread: a bundler keeps a table with a spread also in bundles that do not use the table. */
export const transitions = {
  // By submit.
  submit: { from: ['absent'], to: 'queued', requires: [] },
  schedule: { from: ['absent'], to: 'waiting', requires: [] },
  // Where the stage keeps each message, and a worker has written the item before submit. What has failed may be
  // retried.
  keepMessage: {
    from: ['queued', 'waiting', 'running', 'failed', 'canceled'],
    to: 'same',
    requires: ['sameRequest', 'sameMessageObject'],
  },
  // By a later submission of a debounced job, which admission has not let run yet.
  replace: { from: ['waiting'], to: 'same', requires: asRead },
  // By admission.
  defer: { from: ['absent', 'queued'], to: 'waiting', requires: ['sameRequest'] },
  admit: { from: ['waiting'], to: 'queued', requires: asRead },
  // Children that the job waits for have ended.
  startParent: { from: ['waiting'], to: 'queued', requires: asRead },
  // A schedule brings the job back when it is due. The item keeps the message till then.
  postpone: { from: ['absent', 'queued', 'waiting'], to: 'waiting', requires: ['sameRequest'] },
  // By who looks at jobs that wait: nothing else may have brought them back.
  lookAgain: { from: notStarted, to: 'same', requires: ['sameLook'] },
  registerDependent: { from: notFinished, to: 'same', requires: ['roomForDependents'] },
  // By a worker that takes the job.
  claim: {
    from: ['absent', 'queued', 'waiting', 'expiredAlone'],
    to: 'running',
    requires: ['sameRequest', 'due', 'inTime', 'attemptsLeft', 'notCanceling', 'noStray'],
  },
  // The attempt in company does not count: another job of the process may have crashed it.
  reclaim: {
    from: ['expiredWithOthers'],
    to: 'running',
    requires: ['sameRequest', 'fencingToken', 'notCanceling'],
  },
  // By the worker that holds the job.
  renew: { from: ['running'], to: 'running', requires: ['fencingToken', 'leaseNotShortened'] },
  succeed: { from: running, to: 'succeeded', requires: byHolder },
  fail: { from: running, to: 'failed', requires: byHolder },
  stop: { from: running, to: 'canceled', requires: byHolder },
  release: { from: running, to: 'queued', requires: goingOn },
  // The same for a wait that a queue must not keep its message for: the message leaves the queue.
  leaveQueue: { from: running, to: 'waiting', requires: goingOn },
  handOver: { from: running, to: 'queued', requires: goingOn },
  sleep: { from: running, to: 'waiting', requires: goingOn },
  // The same for a wait for an answer: none has come that the worker does not know of.
  awaitSignal: {
    from: ['running'],
    to: 'waiting',
    requires: ['fencingToken', 'notCanceling', 'sameSignals'],
  },
  // The wait has ended without an answer.
  closeWait: { from: ['running'], to: 'same', requires: ['fencingToken', 'sameSignals'] },
  // A server stops, and the job had not got further: its attempt does not count.
  interrupt: { from: running, to: 'queued', requires: goingOn },
  // Others have taken the last place of its limit after the claim: there was no attempt.
  giveBack: { from: running, to: 'queued', requires: goingOn },
  // By the receiver of the job's message.
  saveReceiptHandle: { from: notStarted, to: 'same', requires: ['sameRequest', 'fencingToken'] },
  // A limit (a place, a turn), a pause, or a build without its handler holds the job back.
  awaitHandler: {
    from: ['absent', 'queued', 'waiting', 'expired'],
    to: 'waiting',
    requires: ['sameRequest', 'fencingToken', 'sameStamp', 'due', 'notCanceling'],
  },
  saveMessage: { from: ['canceled'], to: 'canceled', requires: ['sameRequest', 'noSavedMessage'] },
  failExhausted: {
    from: ['expiredAlone'],
    to: 'failed',
    requires: ['sameRequest', 'fencingToken', 'attemptsSpent'],
  },
  finishCancel: {
    from: unheld,
    to: 'canceled',
    requires: ['sameRequest', 'fencingToken', 'canceling'],
  },
  failUnclaimed: {
    from: ['absent', 'queued', 'waiting', 'expired'],
    to: 'failed',
    requires: asProven,
  },
  // By the receiver of a child's message, when the parent has ended.
  cancelChild: { from: ['absent'], to: 'canceled', requires: [] },
  failLate: {
    from: ['absent', 'queued', 'waiting'],
    to: 'failed',
    requires: ['sameRequest', 'late', 'unchanged', 'sameProof'],
  },
  // The object that kept its message is gone.
  failForgotten: { from: notStarted, to: 'failed', requires: asRead },
  // A copy takes the place of its message, or is about to; or its message is deleted because the item keeps it.
  noteCopy: { from: notFinished, to: 'same', requires: ['sameRequest'] },
  // No queue can have its message any more, and nothing else has a copy.
  failLost: {
    from: unheld,
    to: 'failed',
    requires: asProven,
  },
  // A cancel was requested, and nobody has the message that is to carry it out, or only much later.
  // The item of a job that is `waiting` has its message.
  cancelForgotten: {
    from: ['queued', 'expired'],
    to: 'canceled',
    requires: ['sameRequest', 'unchanged', 'canceling'],
  },
  // By the user.
  cancel: { from: notStarted, to: 'canceled', requires: ['unchanged'] },
  // Of a job that is not running, if its handler has a `cancel`: the receiver of its message calls that, and ends the
  // job.
  requestCancel: { from: notFinished, to: 'same', requires: ['unchanged'] },
  // An answer that the job does not wait for, yet.
  storeSignal: { from: notFinished, to: 'same', requires: ['sameRequest', 'sameSignals'] },
  // An answer that the job waits for: it is due now.
  answerWait: {
    from: notStarted,
    to: 'same',
    requires: ['sameRequest', 'sameSignals', 'sameTime'],
  },
  retry: { from: ['failed', 'canceled'], to: 'queued', requires: ['sameRequest'] },
  revive: { from: ['canceled'], to: 'queued', requires: ['sameRequest', 'noSavedMessage', 'unchanged'] },
  erase: {
    from: over,
    to: 'same',
    requires: ['unchanged', 'sameMessageObject'],
  },
  // Of a child that nobody has started: its message comes later, and finds that.
  cancelUnborn: { from: ['absent'], to: 'canceled', requires: [] },
  // Of a child that nobody has started, and that nobody is to start any more.
  eraseUnborn: { from: ['absent'], to: 'canceled', requires: [] },
  // By the function that sends the notification of its end.
  recordNotification: {
    from: over,
    to: 'same',
    requires: ['sameRequest', 'sameEnd', 'sameNotification'],
  },
} as const satisfies Record<string, Transition>;

export type TransitionName = keyof typeof transitions;
