import { conditionOf } from './condition.ts';
import type { JobWrite } from './job-write.ts';
import { type JobMessage, writeMessage } from './message.ts';
import { fromMessage, onceFromMessage } from './message-writes.ts';
import { transitions } from './transitions.ts';

/** The writes of admission, which holds back what may not run yet. */

/**
 * Marks the job as waiting. Creates its item if submit has not written it yet. Whoever ends the last dependency finds
 * the message in the item, and wakes the job with it.
 */
export const deferWrite = (message: JobMessage, now: number): JobWrite => ({
  id: message.id,
  transition: 'defer',
  condition: conditionOf('defer', { now, ...message }),
  set: {
    ...fromMessage(message),
    status: transitions.defer.to,
    updatedAt: now,
    ...(message.options.dependsOn ? { message: writeMessage(message) } : {}),
  },
  setOnce: { fencingToken: message.submittedAt, attempt: 0, history: [], ...onceFromMessage(message) },
});

/**
 * Keeps the message of a job that is due later. Creates its item if submit has not written it. What it depends on has
 * succeeded by now, and may have expired by then.
 */
export const postponeWrite = (message: JobMessage, admittedBy: string, now: number): JobWrite => ({
  id: message.id,
  transition: 'postpone',
  condition: conditionOf('postpone', { now, ...message }),
  set: {
    ...fromMessage(message),
    status: transitions.postpone.to,
    updatedAt: now,
    message: writeMessage(message),
    ...(message.options.dependsOn ? { admittedBy } : {}),
  },
  setOnce: { fencingToken: message.submittedAt, attempt: 0, history: [], ...onceFromMessage(message) },
});

/** Lets a waiting job run. `admittedBy` is the id of the message that is about to be sent on. */
export const admitWrite = (message: JobMessage, admittedBy: string, now: number): JobWrite => ({
  id: message.id,
  transition: 'admit',
  condition: conditionOf('admit', { now, ...message }),
  set: { status: transitions.admit.to, admittedBy, updatedAt: now },
});

/** Registers, on a job that has not finished, that another one waits for it. */
export const registerDependentWrite = (dependency: string, dependent: string, now: number): JobWrite => ({
  id: dependency,
  transition: 'registerDependent',
  condition: conditionOf('registerDependent', { now }),
  set: {},
  include: { dependents: dependent },
});
