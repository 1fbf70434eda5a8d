/** A job's states and the only ways between them, as data. The table's write conditions are derived from it. */

export const jobStatuses = ['queued', 'waiting', 'running', 'succeeded', 'failed', 'canceled'] as const;
export type JobStatus = (typeof jobStatuses)[number];

const terminalStatuses: readonly JobStatus[] = ['succeeded', 'failed', 'canceled'];
export const isTerminal = (status: JobStatus): boolean => terminalStatuses.includes(status);

/** Where a transition may start: a stored status, no item at all, or a `running` whose lease has run out. */
export type Origin = JobStatus | 'absent' | 'expired';

/**
 * What a write must prove about the item it changes.
 * - `sameRequest`: fingerprint and run are the message's, so a racing or outdated message changes nothing
 * - `token`: the fencing token is the one the writer got at its claim (or read before)
 * - `due`: the job is not to wait any longer, be it for a time of its own or after an error
 * - `attemptsLeft` / `attemptsSpent`: by the count in the item
 * - `notCanceling` / `canceling`: whether a cancel was requested
 * - `noSavedMessage`: the item has no copy of the message, so the queue still has it
 * - `room`: there are not too many jobs yet that wait for this one
 * - `latest`: the lease that is written ends no sooner than the one that stands
 * - `asRead`: nothing was written since the item was read
 *
 * The last two are against a try that is held up on its way: the SDK gives it up and makes another, and when it arrives
 * after all, it must not undo what came later.
 */
export type Requirement =
  | 'sameRequest'
  | 'token'
  | 'due'
  | 'attemptsLeft'
  | 'attemptsSpent'
  | 'notCanceling'
  | 'canceling'
  | 'noSavedMessage'
  | 'room'
  | 'latest'
  | 'asRead';

export interface Transition {
  readonly from: readonly Origin[];
  /** `same`: a write that leaves the state as it is. */
  readonly to: JobStatus | 'same';
  readonly requires: readonly Requirement[];
}

const byHolder: Pick<Transition, 'from' | 'requires'> = { from: ['running'], requires: ['token'] };

export const transitions = {
  submit: { from: ['absent'], to: 'queued', requires: [] },
  schedule: { from: ['absent'], to: 'waiting', requires: [] },
  park: { from: ['absent', 'queued'], to: 'waiting', requires: ['sameRequest'] },
  open: { from: ['waiting'], to: 'queued', requires: ['sameRequest'] },
  note: { from: ['queued', 'waiting', 'running'], to: 'same', requires: ['room'] },
  claim: {
    from: ['absent', 'queued', 'waiting', 'expired'],
    to: 'running',
    requires: ['sameRequest', 'due', 'attemptsLeft', 'notCanceling'],
  },
  renew: { from: ['running'], to: 'running', requires: ['token', 'latest'] },
  succeed: { ...byHolder, to: 'succeeded' },
  fail: { ...byHolder, to: 'failed' },
  stop: { ...byHolder, to: 'canceled' },
  release: { from: ['running'], to: 'queued', requires: ['token', 'notCanceling'] },
  handOver: { from: ['running'], to: 'queued', requires: ['token', 'notCanceling'] },
  sleep: { from: ['running'], to: 'waiting', requires: ['token', 'notCanceling'] },
  noteReceipt: { from: ['queued', 'waiting'], to: 'same', requires: ['sameRequest', 'token'] },
  exhaust: { from: ['expired'], to: 'failed', requires: ['sameRequest', 'token', 'attemptsSpent'] },
  abandon: {
    from: ['queued', 'waiting', 'expired'],
    to: 'canceled',
    requires: ['sameRequest', 'token', 'canceling'],
  },
  giveUp: { from: ['absent', 'queued', 'waiting', 'expired'], to: 'failed', requires: ['sameRequest'] },
  cancel: { from: ['queued', 'waiting'], to: 'canceled', requires: ['asRead'] },
  requestCancel: { from: ['running'], to: 'running', requires: ['asRead'] },
  saveMessage: { from: ['canceled'], to: 'canceled', requires: ['sameRequest', 'noSavedMessage'] },
  retry: { from: ['failed', 'canceled'], to: 'queued', requires: ['sameRequest'] },
  revive: { from: ['canceled'], to: 'queued', requires: ['sameRequest', 'noSavedMessage', 'asRead'] },
} as const satisfies Record<string, Transition>;

export type TransitionName = keyof typeof transitions;
