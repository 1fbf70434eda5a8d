import { stepsVersion } from '../../base/version.ts';
import { historyWith, shortActor } from '../job/history.ts';
import type { JobItem } from '../job/item.ts';
import { countedKeys } from '../job/list-keys.ts';
import type { JobMessage } from '../job/message.ts';
import { transitions } from '../job/transitions.ts';
import { type Attribute, conditionOf } from './condition.ts';
import { type EndTime, ended, endedUnchanged, type JobWrite, updatedAfter } from './job-write.ts';
import { fromMessage, onceFromMessage } from './message-writes.ts';

/** The writes that a user asks for: cancel, retry and erase. */

/** Ends a job that is not running. Its message saves itself in the item when it is received. */
export const cancelWrite = (item: JobItem, end: EndTime, by: string): JobWrite => ({
  id: item.id,
  transition: 'cancel',
  condition: conditionOf('cancel', { ...item, now: end.now }),
  ...endedUnchanged(
    item,
    { ...end, read: item },
    { status: transitions.cancel.to, canceledBy: shortActor(by) },
  ),
  append: [{ event: 'canceled', at: end.now, attempt: item.attempt }],
});

/**
 * Ends a child that nobody has started. Its message is in a queue, or is not sent yet: the message's receiver finds
 * this end.
 */
export const cancelUnbornWrite = (child: JobMessage, end: EndTime, by: string): JobWrite => ({
  id: child.id,
  transition: 'cancelUnborn',
  condition: conditionOf('cancelUnborn', { now: end.now }),
  ...ended(child, end, {
    ...fromMessage(child),
    status: transitions.cancelUnborn.to,
    canceledBy: shortActor(by),
  }),
  setOnce: { fencingToken: child.submittedAt, attempt: 0, ...onceFromMessage(child) },
  append: [{ event: 'canceled', at: end.now, attempt: 0 }],
});

/**
 * Asks for a job's end: the worker that holds it sees it at its next heartbeat, or else the receiver of its
 * message.
 */
export const requestCancelWrite = (item: JobItem, now: number, by: string): JobWrite => ({
  id: item.id,
  transition: 'requestCancel',
  condition: conditionOf('requestCancel', { ...item, now }),
  set: { cancelRequested: true, canceledBy: shortActor(by), updatedAt: updatedAfter(item, now) },
});

/**
 * Starts the next run of a failed or canceled job. The message of that run is in the queue already.
 * @param by who asked for it; undefined if its message comes from a version that did not say so
 */
export const retryWrite = (item: JobItem, now: number, by: string | undefined): JobWrite => ({
  id: item.id,
  transition: 'retry',
  condition: conditionOf('retry', { ...item, now }),
  set: { ...newRun(item, now, by), status: transitions.retry.to, run: item.run + 1 },
  // The next run's message is in the queue. Should it be kept again, its object must last from then on.
  remove: [...outdated(item), 'message', 'left', ...(by === undefined ? (['retriedBy'] as const) : [])],
});

/**
 * The same by the message of that run, which says its number: a child is not made again in every round of its batch. Of
 * one that was canceled before its first claim, the message alone knows the group, too.
 */
export const nextRunWrite = (
  item: JobItem,
  { run, retriedBy, options: { group } }: Pick<JobMessage, 'run' | 'retriedBy' | 'options'>,
  now: number,
): JobWrite => {
  const retry = retryWrite(item, now, retriedBy);
  return { ...retry, set: { ...retry.set, run }, ...(group === undefined ? {} : { setOnce: { group } }) };
};

/** Starts a canceled job again. Its message is still in the queue, so none is sent. */
export const reviveWrite = (item: JobItem, now: number, by: string): JobWrite => ({
  id: item.id,
  transition: 'revive',
  condition: conditionOf('revive', { ...item, now }),
  set: { ...newRun(item, now, by), status: transitions.revive.to },
  remove: outdated(item),
});

/**
 * Erases a job that has ended. What is left says no more than that a job of this id has ended, and how, and who has
 * erased it: a copy of its message may be in a queue for 14 days, and must not run the job again. No message has this
 * fingerprint.
 */
export const eraseWrite = (item: JobItem, now: number, by: string): JobWrite => ({
  id: item.id,
  transition: 'erase',
  condition: conditionOf('erase', { ...item, now }),
  set: {
    erased: true,
    erasedBy: shortActor(by),
    tenant: '',
    type: '',
    fingerprint: 'erased',
    history: [],
    updatedAt: updatedAfter(item, now),
  },
  remove: erasable,
});

interface Unborn {
  readonly id: string;
  /** The root of its batch. */
  readonly root: Pick<JobItem, 'createdAt'> & { readonly round: number };
  /** Epoch seconds. */
  readonly expiresAt: number;
}

/**
 * Leaves the same of a child that nobody has started: its message may have been received, and its claim may come after
 * this.
 */
export const eraseUnbornWrite = (
  { id, root: { createdAt, round }, expiresAt }: Unborn,
  now: number,
  by: string,
): JobWrite => ({
  id,
  transition: 'eraseUnborn',
  condition: conditionOf('eraseUnborn', { now }),
  set: {
    version: stepsVersion,
    erased: true,
    erasedBy: shortActor(by),
    tenant: '',
    type: '',
    status: transitions.eraseUnborn.to,
    run: round,
    fingerprint: 'erased',
    // It may have had an item before, whose tokens were lower.
    fencingToken: now,
    attempt: 0,
    maxAttempts: 1,
    history: [],
    createdAt,
    updatedAt: now,
    finishedAt: now,
    expiresAt,
  },
});

/** Every attribute that need not be there. With a new one, the compiler asks here whether it is to be erased. */
const isErased = {
  claimId: true,
  leaseUntil: true,
  inCompany: true,
  notBefore: true,
  cancelRequested: true,
  canceledBy: true,
  retriedBy: true,
  progress: true,
  logTail: true,
  usedMbMs: true,
  usedServerMbMs: true,
  result: true,
  resultObject: true,
  error: true,
  checkpoint: true,
  steps: true,
  signals: true,
  parent: true,
  batches: true,
  awaits: true,
  output: true,
  slices: true,
  interruptions: true,
  waitedMs: true,
  postponedUntil: true,
  debounced: true,
  noHandler: true,
  turn: true,
  awaitsPlace: true,
  paused: true,
  group: true,
  dependsOn: true,
  runAt: true,
  startBefore: true,
  mayStartLate: true,
  tags: true,
  notify: true,
  traceparent: true,
  notification: true,
  listKey: true,
  listPosition: true,
  counted: true,
  countedInGroup: true,
  countedWaits: true,
  failedKey: true,
  groupKey: true,
  dueKey: true,
  lookAt: true,
  erased: false,
  erasedBy: false,
  dependents: true,
  admittedBy: true,
  receiptHandle: true,
  message: true,
  stamp: true,
  left: true,
  messageObject: true,
  keptMessage: true,
  startedAt: true,
  seenAt: true,
  finishedAt: false,
  expiresAt: false,
} as const satisfies Record<OptionalKeys, boolean>;

type OptionalKeys = { [Key in Attribute]-?: undefined extends JobItem[Key] ? Key : never }[Attribute];

const erasable = (Object.keys(isErased) as OptionalKeys[]).filter((key) => isErased[key]);

/** New attempts, but the same fencing token, and the saved state. */
const newRun = (item: JobItem, now: number, by: string | undefined) => ({
  attempt: 0,
  updatedAt: updatedAfter(item, now),
  history: historyWith(item, { event: 'resubmitted', at: now, attempt: 0 }),
  ...(by === undefined ? {} : { retriedBy: shortActor(by) }),
  ...(item.startBefore === undefined ? {} : { mayStartLate: true as const }),
  ...countedKeys(item),
});

const outdated = (item: JobItem): readonly Attribute[] => [
  'notBefore',
  'cancelRequested',
  'finishedAt',
  'expiresAt',
  'error',
  // A counted one has its place among the unfinished ones again.
  ...('failedKey' in countedKeys(item) ? [] : (['failedKey'] as const)),
  'notification',
  'interruptions',
  'waitedMs',
  'postponedUntil',
  // Progress tells how far the saved state is. Without one the job starts from its beginning.
  ...(item.checkpoint === undefined && item.steps === undefined ? (['progress'] as const) : []),
];
