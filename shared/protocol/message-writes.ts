import type { JobError, JobItem } from '../contracts/job-item.ts';
import { isDue, type JobMessage, writeMessage } from '../contracts/job-message.ts';
import { transitions } from '../job.ts';
import { conditionOf } from './condition.ts';
import { finished } from './finished.ts';
import { shortError } from './history.ts';
import type { JobWrite } from './job-write.ts';

/** Writes that whoever holds a job's message may make, without holding the job itself. */

/** What an item has from its message alone. */
export const fromMessage = ({ options: { runAt: _, ...options }, ...message }: JobMessage) => ({
  tenant: message.tenant,
  type: message.type,
  run: message.run,
  fingerprint: message.fingerprint,
  createdAt: message.submittedAt,
  ...options,
});

/** Of two submissions with one key and a delay, the time stays that was answered. */
export const startFromMessage = ({ options: { runAt } }: JobMessage): { readonly runAt?: number } =>
  runAt === undefined ? {} : { runAt };

/** A job with dependencies is `queued` until the gate has seen that it must wait: only then is its message kept. */
export const submitWrite = (message: JobMessage): JobWrite => {
  const now = message.submittedAt;
  const transition = isDue(message, now) || message.options.dependsOn ? 'submit' : 'schedule';
  return {
    id: message.id,
    transition,
    condition: conditionOf(transition, { now }),
    set: {
      ...fromMessage(message),
      ...startFromMessage(message),
      status: transitions[transition].to,
      token: 0,
      attempt: 0,
      history: [],
      updatedAt: now,
    },
  };
};

/** Takes the job for `leaseMs`; creates its item if submit has not written it yet (or never will). */
export const claimWrite = (
  message: JobMessage,
  { now, claimId, leaseMs }: { now: number; claimId: string; leaseMs: number },
): JobWrite => ({
  id: message.id,
  transition: 'claim',
  condition: conditionOf('claim', { now, ...message }),
  set: {
    ...fromMessage(message),
    status: transitions.claim.to,
    claimId,
    leaseUntil: now + leaseMs,
    updatedAt: now,
  },
  setOnce: { startedAt: now, ...startFromMessage(message) },
  // Counted before the job runs, so that an attempt that kills its worker counts too.
  increment: ['token', 'attempt'],
  append: [{ event: 'started', at: now }],
  // The queue has the message, and each write of an item is paid for by its size.
  remove: ['notBefore', 'message', 'receipt'],
});

interface Ending {
  readonly now: number;
  readonly retentionMs: number;
  readonly error: JobError;
}

/** Ends a job whose attempts were all started and whose last worker is gone. */
export const exhaustWrite = (item: JobItem, message: JobMessage, ending: Ending): JobWrite => ({
  id: item.id,
  transition: 'exhaust',
  condition: conditionOf('exhaust', { ...item, now: ending.now }),
  ...finished(ending, {
    status: transitions.exhaust.to,
    error: ending.error,
    message: writeMessage(message),
  }),
  append: [
    { event: 'failed', at: ending.now, attempt: item.attempt, error: shortError(ending.error.message) },
  ],
});

/** Carries out a requested cancel on a job that no worker holds. */
export const abandonWrite = (
  item: JobItem,
  message: JobMessage,
  ending: Omit<Ending, 'error'>,
): JobWrite => ({
  id: item.id,
  transition: 'abandon',
  condition: conditionOf('abandon', { ...item, now: ending.now }),
  ...finished(ending, { status: transitions.abandon.to, message: writeMessage(message) }),
  append: [{ event: 'canceled', at: ending.now, attempt: item.attempt }],
});

/** Fails a job whose message will come to nothing; creates its item if there is none. */
export const giveUpWrite = (message: JobMessage, ending: Ending): JobWrite => {
  const end = finished(ending, {
    ...fromMessage(message),
    status: transitions.giveUp.to,
    error: ending.error,
    message: writeMessage(message),
  });
  return {
    id: message.id,
    transition: 'giveUp',
    condition: conditionOf('giveUp', { now: ending.now, ...message }),
    ...end,
    setOnce: { token: 0, attempt: 0, ...startFromMessage(message) },
    append: [{ event: 'failed', at: ending.now, error: shortError(ending.error.message) }],
  };
};

/** Notes by which receipt a cancel can show the message of a job of a group: an older one is of no use any more. */
export const receiptWrite = (item: JobItem, receipt: string, now: number): JobWrite => ({
  id: item.id,
  transition: 'noteReceipt',
  condition: conditionOf('noteReceipt', { ...item, now }),
  set: { receipt },
});

/** Keeps the message of a job that was canceled while it was queued: its queue is about to forget it. */
export const saveMessageWrite = (message: JobMessage, now: number): JobWrite => ({
  id: message.id,
  transition: 'saveMessage',
  condition: conditionOf('saveMessage', { now, ...message }),
  set: { message: writeMessage(message) },
});
