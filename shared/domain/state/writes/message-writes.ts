import { defined } from '../../base/defined.ts';
import { shortText } from '../job/history.ts';
import type { JobError, JobItem } from '../job/item.ts';
import { maxLogTailOfFailure } from '../job/item-budget.ts';
import { createdOrMoved, failedKeys, failedKeysOf, listKeys, unfinishedKeys } from '../job/list-keys.ts';
import { isDue, type JobMessage, mustWait, writeMessage } from '../job/message.ts';
import { transitions } from '../job/transitions.ts';
import { lastLines } from '../stored/log-tail.ts';
import { conditionOf } from './condition.ts';
import { type EndTime, ended, endedUnchanged, type JobWrite } from './job-write.ts';

/** The writes for which a job's message is enough: its writer does not hold the job. */

/** What an item has from its message alone, and every message of a run has the same. */
export const fromMessage = ({
  version,
  tenant,
  type,
  run,
  fingerprint,
  parent,
  counted,
  countedInGroup,
  countedWaits,
}: JobMessage) => ({
  version,
  tenant,
  type,
  run,
  fingerprint,
  ...defined({ parent, counted, countedInGroup, countedWaits }),
});

/**
 * Two submissions with one key have different times, and a deployment between them may have changed the limits of the
 * type, or whom the stage tells. What was answered stays, and the place in the list. Nobody to tell is an answer, too:
 * an absent list would be filled by the second. The trace is for who is told.
 */
export const onceFromMessage = (message: JobMessage) => ({
  createdAt: message.submittedAt,
  ...message.options,
  notify: message.options.notify ?? [],
  ...(message.options.notify ? defined({ traceparent: message.traceparent }) : {}),
  ...listKeys(message),
});

/** Where the message of a job is kept from its submission on: in its item, or in an object. */
export type KeptFromStart = Pick<JobItem, 'keptMessage' | 'messageObject'>;

/**
 * A job with dependencies is `queued` until admission has seen that it must wait. Only then is its message kept, unless
 * the stage keeps each.
 */
export const submitWrite = (message: JobMessage, kept: KeptFromStart = {}): JobWrite => {
  const now = message.submittedAt;
  const transition = isDue(message, now) || message.options.dependsOn ? 'submit' : 'schedule';
  return {
    id: message.id,
    transition,
    condition: conditionOf(transition, { now }),
    set: {
      ...fromMessage(message),
      ...onceFromMessage(message),
      status: transitions[transition].to,
      fencingToken: message.submittedAt,
      attempt: 0,
      history: [],
      updatedAt: now,
      ...unfinishedKeys(message, mustWait(message, now)),
      ...kept,
    },
  };
};

/**
 * Keeps the message of a job whose item somebody else has written from the message: a worker was faster than its
 * submission.
 */
export const keepMessageWrite = (message: JobMessage, kept: KeptFromStart, now: number): JobWrite => ({
  id: message.id,
  transition: 'keepMessage',
  condition: conditionOf('keepMessage', { now, ...message }),
  set: kept,
});

interface Claim {
  readonly now: number;
  readonly claimId: string;
  readonly leaseMs: number;
  /** Whether other jobs run in the same process. */
  readonly inCompany?: boolean;
}

/** Takes the job for `leaseMs`. Creates its item if submit has not written it yet, or never will. */
export const claimWrite = (
  message: JobMessage,
  { now, claimId, leaseMs, inCompany = false }: Claim,
): JobWrite => ({
  id: message.id,
  transition: 'claim',
  condition: conditionOf('claim', { now, ...message, ...message.options }),
  set: {
    ...fromMessage(message),
    status: transitions.claim.to,
    claimId,
    leaseUntil: now + leaseMs,
    updatedAt: now,
    ...(inCompany ? { inCompany } : {}),
    ...(message.options.startBefore === undefined ? {} : { mayStartLate: true }),
    ...createdOrMoved(message, false).set,
  },
  setOnce: { startedAt: now, ...onceFromMessage(message), ...createdOrMoved(message, false).setOnce },
  // Counted before the job runs, so that an attempt that kills its worker counts too.
  increment: { fencingToken: message.submittedAt, attempt: 0 },
  append: [{ event: 'started', at: now }],
  // The queue has the message, and DynamoDB charges each write by the size of the item.
  remove: ['notBefore', 'message', 'left', 'receiptHandle', 'logTail', 'dueKey', 'lookAt', 'awaits'],
});

/** Takes over a job that crashed in company, to run it alone: its last attempt is made again, and not counted twice. */
export const reclaimWrite = (
  item: JobItem,
  message: JobMessage,
  { now, claimId, leaseMs }: Omit<Claim, 'inCompany'>,
): JobWrite => ({
  id: item.id,
  transition: 'reclaim',
  condition: conditionOf('reclaim', { ...item, now }),
  set: {
    ...fromMessage(message),
    status: transitions.reclaim.to,
    claimId,
    leaseUntil: now + leaseMs,
    updatedAt: now,
  },
  increment: { fencingToken: message.submittedAt },
  append: [{ event: 'started', at: now, attempt: item.attempt }],
  remove: ['inCompany', 'notBefore', 'message', 'receiptHandle', 'logTail'],
});

/** Fails a job whose last attempt was started and whose worker is gone. */
export const failExhaustedWrite = (
  item: JobItem,
  message: JobMessage,
  { error, ...end }: EndTime & { readonly error: JobError },
): JobWrite => ({
  id: item.id,
  transition: 'failExhausted',
  condition: conditionOf('failExhausted', { ...item, now: end.now }),
  ...ended(item, end, {
    status: transitions.failExhausted.to,
    error,
    message: writeMessage(message),
    ...failedKeys(message),
    ...cutTail(item),
  }),
  append: [{ event: 'failed', at: end.now, attempt: item.attempt, error: shortText(error.message) }],
});

/** What the worker that died has left. */
const cutTail = ({ logTail }: JobItem) =>
  logTail ? { logTail: lastLines(logTail, maxLogTailOfFailure) } : {};

/** Ends a child that nobody has started, because its batch has ended. Creates its item. */
export const cancelChildWrite = (message: JobMessage, end: EndTime): JobWrite => ({
  id: message.id,
  transition: 'cancelChild',
  condition: conditionOf('cancelChild', { now: end.now }),
  ...ended(message, end, {
    ...fromMessage(message),
    status: transitions.cancelChild.to,
    message: writeMessage(message),
  }),
  setOnce: { fencingToken: message.submittedAt, attempt: 0, ...onceFromMessage(message) },
  append: [{ event: 'canceled', at: end.now }],
});

/** Carries out a requested cancel of a job that no worker holds. */
export const finishCancelWrite = (item: JobItem, message: JobMessage, end: EndTime): JobWrite => ({
  id: item.id,
  transition: 'finishCancel',
  condition: conditionOf('finishCancel', { ...item, now: end.now }),
  ...ended(item, end, {
    status: transitions.finishCancel.to,
    message: writeMessage(message),
    ...cutTail(item),
  }),
  append: [{ event: 'canceled', at: end.now, attempt: item.attempt }],
});

interface Unclaimed extends EndTime {
  /** As it was read. */
  readonly item: Pick<JobItem, 'updatedAt' | 'seenAt'> | undefined;
  readonly error: JobError;
}

/** Fails a job that no worker holds and none will run. Creates its item if there is none. */
export const failUnclaimedWrite = (message: JobMessage, end: Unclaimed) =>
  failWrite('failUnclaimed', message, end);

/** Fails a job that did not start in time. Creates its item if there is none. */
export const failLateWrite = (message: JobMessage, end: Unclaimed) => failWrite('failLate', message, end);

const failWrite = (
  transition: 'failUnclaimed' | 'failLate',
  message: JobMessage,
  { item, error, ...end }: Unclaimed,
): JobWrite => ({
  id: message.id,
  transition,
  condition: conditionOf(transition, {
    now: end.now,
    ...message,
    updatedAt: item?.updatedAt,
    seenAt: item?.seenAt,
  }),
  ...endedUnchanged(
    message,
    { ...end, read: item },
    {
      ...fromMessage(message),
      status: transitions[transition].to,
      error,
      message: writeMessage(message),
      ...failedKeys(message),
    },
  ),
  setOnce: { fencingToken: message.submittedAt, attempt: 0, ...onceFromMessage(message) },
  append: [{ event: 'failed', at: end.now, error: shortText(error.message) }],
});

/**
 * Fails a job whose message nobody has any more. What the item says of the message stays: a retry says that it is gone.
 */
export const failForgottenWrite = (
  item: JobItem,
  { error, ...end }: EndTime & { readonly error: JobError },
): JobWrite => ({
  id: item.id,
  transition: 'failForgotten',
  condition: conditionOf('failForgotten', { ...item, now: end.now }),
  ...endedUnchanged(
    item,
    { ...end, read: item },
    {
      status: transitions.failForgotten.to,
      error,
      ...defined(failedKeysOf(item)),
    },
  ),
  append: [{ event: 'failed', at: end.now, error: shortText(error.message) }],
});

/** Fails a job whose message no queue can have any more. Nothing has a copy of it, so it cannot be retried. */
export const failLostWrite = (
  item: JobItem,
  { error, ...end }: EndTime & { readonly error: JobError },
): JobWrite => ({
  id: item.id,
  transition: 'failLost',
  condition: conditionOf('failLost', { ...item, now: end.now }),
  ...endedUnchanged(
    item,
    { ...end, read: item },
    {
      status: transitions.failLost.to,
      error,
      ...defined(failedKeysOf(item)),
      ...cutTail(item),
    },
  ),
  append: [{ event: 'failed', at: end.now, error: shortText(error.message) }],
});

/**
 * Says that a copy takes the place of a job's message: a queue keeps it for 14 days from now on. The write of a process
 * that has decided to fail the job by what was there before is refused.
 */
export const noteCopyWrite = (
  message: Pick<JobMessage, 'id' | 'run' | 'fingerprint'>,
  now: number,
): JobWrite => ({
  id: message.id,
  transition: 'noteCopy',
  condition: conditionOf('noteCopy', { now, ...message }),
  set: { seenAt: now },
});

/**
 * Carries out a requested cancel of a job whose message does not come. If that comes after all, its receiver saves it
 * in the item, as for a job that was canceled in its queue.
 */
export const cancelForgottenWrite = (
  item: JobItem,
  { error, ...end }: EndTime & { readonly error?: JobError | undefined },
): JobWrite => ({
  id: item.id,
  transition: 'cancelForgotten',
  condition: conditionOf('cancelForgotten', { ...item, now: end.now }),
  ...endedUnchanged(
    item,
    { ...end, read: item },
    {
      status: transitions.cancelForgotten.to,
      ...defined({ error }),
      ...cutTail(item),
    },
  ),
  append: [{ event: 'canceled', at: end.now, attempt: item.attempt }],
});

/** Saves the latest receipt handle of a group's message: a cancel makes it visible by that, not by an older one. */
export const saveReceiptHandleWrite = (item: JobItem, receiptHandle: string, now: number): JobWrite => ({
  id: item.id,
  transition: 'saveReceiptHandle',
  condition: conditionOf('saveReceiptHandle', { ...item, now }),
  set: { receiptHandle },
});

/** Saves the message of a job that was canceled while it was queued: the queue is about to delete it. */
export const saveMessageWrite = (message: JobMessage, now: number): JobWrite => ({
  id: message.id,
  transition: 'saveMessage',
  condition: conditionOf('saveMessage', { now, ...message }),
  set: { message: writeMessage(message) },
});
