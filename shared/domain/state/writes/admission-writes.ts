import { defined } from '../../base/defined.ts';
import type { JobItem } from '../job/item.ts';
import { createdOrMoved, dueKeys, movedKeys, wokenKeys } from '../job/list-keys.ts';
import { type JobMessage, writeMessage } from '../job/message.ts';
import { transitions } from '../job/transitions.ts';
import { lookAfterDue, lookAfterWake } from '../waits/looks.ts';
import { conditionOf } from './condition.ts';
import { type JobWrite, updatedAfter } from './job-write.ts';
import { fromMessage, onceFromMessage } from './message-writes.ts';

/** The writes of admission, which holds back what may not run yet. */

/** What an item has that submit has not written yet. */
const created = (message: JobMessage) => ({
  ...{ fencingToken: message.submittedAt, attempt: 0, history: [] },
  ...onceFromMessage(message),
  ...createdOrMoved(message, true).setOnce,
});

/**
 * Marks the job as waiting for others. Creates its item if submit has not written it yet. The item keeps the message,
 * which leaves its queue.
 * @param lookAt when somebody looks whether it still waits, epoch milliseconds
 */
export const deferWrite = (message: JobMessage, lookAt: number, now: number): JobWrite => ({
  id: message.id,
  transition: 'defer',
  condition: conditionOf('defer', { now, ...message }),
  set: {
    ...fromMessage(message),
    status: transitions.defer.to,
    updatedAt: now,
    message: writeMessage(message),
    ...dueKeys(message.id, lookAt),
    ...createdOrMoved(message, true).set,
  },
  setOnce: created(message),
});

/**
 * Keeps the message of a job that is due later. Creates its item if submit has not written it. What it depends on has
 * succeeded by now, and may have expired by then.
 * @param dueAt epoch milliseconds
 */
export const postponeWrite = (
  message: JobMessage,
  { admittedBy, dueAt }: { readonly admittedBy: string; readonly dueAt: number },
  now: number,
): JobWrite => ({
  id: message.id,
  transition: 'postpone',
  condition: conditionOf('postpone', { now, ...message }),
  set: {
    ...fromMessage(message),
    status: transitions.postpone.to,
    updatedAt: now,
    message: writeMessage(message),
    ...dueKeys(message.id, lookAfterDue(dueAt)),
    ...createdOrMoved(message, true).set,
    ...(message.options.dependsOn ? { admittedBy } : {}),
  },
  setOnce: created(message),
});

/** Lets a waiting job run. `admittedBy` is the id of the message that is about to be sent on. */
export const admitWrite = (item: JobItem, admittedBy: string, now: number): JobWrite => ({
  id: item.id,
  transition: 'admit',
  condition: conditionOf('admit', { ...item, now }),
  set: {
    ...{ status: transitions.admit.to, admittedBy, updatedAt: updatedAfter(item, now) },
    ...movedKeys(item, false),
  },
});

/** Lets a job run that has waited for its children. A delayed request of its last claim must not start it. */
export function startParentWrite(item: JobItem, admittedBy: string, now: number): JobWrite {
  const dueAt = item.updatedAt + 1;
  return {
    id: item.id,
    transition: 'startParent',
    condition: conditionOf('startParent', { ...item, now }),
    set: {
      ...{ status: transitions.startParent.to, admittedBy, updatedAt: updatedAfter(item, now) },
      // The message is still in the item alone.
      ...{ notBefore: dueAt, postponedUntil: dueAt },
      ...movedKeys(item, false),
    },
    remove: ['awaits'],
  };
}

/** Says when somebody looks next at a job that still waits. */
export const lookAgainWrite = (item: JobItem, lookAt: number, now: number): JobWrite => ({
  id: item.id,
  transition: 'lookAgain',
  condition: conditionOf('lookAgain', { ...item, now }),
  set: { lookAt },
});

/**
 * The same of a job whose pause has ended: it is due, and a look at what is paused does not find it any more.
 */
export const endPauseWrite = (
  item: JobItem,
  { lookAt, dueAt }: { readonly lookAt: number; readonly dueAt: number },
  now: number,
): JobWrite => ({
  ...lookAgainWrite(item, lookAt, now),
  set: { ...dueKeys(item.id, lookAt), notBefore: dueAt, postponedUntil: dueAt },
});

/** The same of a job that waits for a place: one may be free. A look at its line does not find it any more. */
export function leaveLineWrite(item: JobItem, now: number): JobWrite {
  const lookAt = lookAfterWake(item, now);
  return {
    ...lookAgainWrite(item, lookAt, now),
    set: {
      ...wokenKeys(item.id, lookAt),
      ...(item.awaitsPlace ? { awaitsPlace: { ...item.awaitsPlace, wokenAt: now } } : {}),
      // The message of a group is in its queue.
      ...(item.group === undefined ? { notBefore: now, postponedUntil: now } : {}),
    },
  };
}

/** Says when somebody looks next at a job that was woken, and has not come. */
export const wakeAgainWrite = (item: JobItem, lookAt: number, now: number): JobWrite => ({
  ...lookAgainWrite(item, lookAt, now),
  set: { lookAt, ...(item.awaitsPlace ? { awaitsPlace: { ...item.awaitsPlace, sentAgainAt: now } } : {}) },
});

/**
 * Puts a job back to where it stood in its line: nobody could tell it that a place is free. @param before as it was in
 * line
 */
export const backInLineWrite = (woken: JobItem, before: JobItem, now: number): JobWrite => {
  const { dueKey, lookAt = now, awaitsPlace, notBefore, postponedUntil } = before;
  return {
    ...lookAgainWrite(woken, lookAt, now),
    set: { lookAt, ...defined({ dueKey, awaitsPlace, notBefore, postponedUntil }) },
  };
};

/** Registers, on a job that has not finished, that another one waits for it. */
export const registerDependentWrite = (dependency: string, dependent: string, now: number): JobWrite => ({
  id: dependency,
  transition: 'registerDependent',
  condition: conditionOf('registerDependent', { now }),
  set: {},
  include: { dependents: dependent },
});
