import { defined } from '../../base/defined.ts';
import { isWithinDelay, maxQueueDelaySeconds } from '../../base/schedule-time.ts';
import { type JobItem, leaving } from '../job/item.ts';
import { createdOrMoved, dueKeys, lineKeys, pausedKeys } from '../job/list-keys.ts';
import { type JobMessage, writeMessage } from '../job/message.ts';
import { transitions } from '../job/transitions.ts';
import { lookAfterDue } from '../waits/looks.ts';
import { conditionOf } from './condition.ts';
import type { JobWrite } from './job-write.ts';
import { fromMessage, onceFromMessage } from './message-writes.ts';

/*
 * The writes that make a job wait that a worker has received, and is not to start.
 */

interface HeldBack {
  /** As it was read. */
  readonly item: JobItem | undefined;
  /** That of a group's message. */
  readonly receiptHandle?: string;
}

/**
 * Makes a job wait that a worker has received, and is not to start. Creates its item if submit has not written it yet.
 * A crash in company costs no attempt: here nobody can try it again alone.
 */
function holdBackWrite(
  message: JobMessage,
  { item, receiptHandle, set }: HeldBack & Pick<JobWrite, 'set'>,
  now: number,
): JobWrite & { readonly remove: NonNullable<JobWrite['remove']> } {
  const { fencingToken = message.submittedAt, stamp, inCompany } = item ?? {};
  const attempt = (item?.attempt ?? 0) - 1;
  return {
    id: message.id,
    transition: 'awaitHandler',
    condition: conditionOf('awaitHandler', { now, ...message, fencingToken, stamp }),
    set: {
      ...fromMessage(message),
      status: transitions.awaitHandler.to,
      ...set,
      updatedAt: now,
      ...createdOrMoved(message, true).set,
      ...defined({ receiptHandle }),
      ...(inCompany ? { attempt } : {}),
    },
    setOnce: {
      fencingToken: message.submittedAt,
      ...(inCompany ? {} : { attempt: 0, history: [] }),
      ...onceFromMessage(message),
      ...createdOrMoved(message, true).setOnce,
    },
    remove: ['claimId', 'leaseUntil', 'inCompany'],
    ...(inCompany ? { append: [{ event: 'interrupted', at: now, attempt }] } : {}),
  };
}

/** Makes a job wait for a build that has a handler for its type. */
export const awaitHandlerWrite = (
  message: JobMessage,
  { since, until, ...held }: HeldBack & NonNullable<JobItem['noHandler']>,
  now: number,
): JobWrite =>
  holdBackWrite(message, { ...held, set: { notBefore: until, noHandler: { since, until } } }, now);

/**
 * Makes a job wait for its turn. If that is not soon, the item keeps the message, and a schedule brings the job back;
 * the message of a group stays in its queue.
 */
export function awaitTurnWrite(
  message: JobMessage,
  { of, at, until, ...held }: HeldBack & NonNullable<JobItem['turn']>,
  now: number,
): JobWrite {
  const leaves = message.options.group === undefined && !isWithinDelay(until, now);
  const set = {
    ...{ notBefore: until, turn: { of, at, until } },
    ...(leaves
      ? {
          ...{ postponedUntil: until, message: writeMessage(message), ...leaving(held.item) },
          ...dueKeys(message.id, lookAfterDue(until)),
        }
      : {}),
    ...(leaves && message.options.dependsOn ? { admittedBy: of } : {}),
  };
  return holdBackWrite(message, { ...held, set }, now);
}

interface Paused extends HeldBack {
  /** The name of the pause. */
  readonly by: string;
  readonly since: number;
  /** When somebody looks whether the pause has ended. Absent for a group's message, which stays in its queue. */
  readonly lookAt?: number;
}

/** A delayed claim must not take a job whose message is in no queue. Admission can delay a message by as much. */
const noClaimForMs = maxQueueDelaySeconds * 1000;

/**
 * Makes a job wait for the end of a pause. The item keeps the message, which leaves its queue; that of a group stays
 * there. What the job depends on has succeeded by now, and may have expired then.
 */
export function pauseWrite(
  message: JobMessage,
  { by, since, lookAt, ...held }: Paused,
  now: number,
): JobWrite {
  const paused = { paused: { by, since, at: now } };
  if (lookAt === undefined) {
    const write = holdBackWrite(message, { ...held, set: paused }, now);
    return { ...write, remove: [...write.remove, 'notBefore'] };
  }
  const notBefore = now + noClaimForMs;
  const set = {
    ...{ ...paused, notBefore, postponedUntil: notBefore, ...leaving(held.item) },
    ...{ message: writeMessage(message), ...pausedKeys(message.id, lookAt) },
    ...(message.options.dependsOn ? { admittedBy: by } : {}),
  };
  return holdBackWrite(message, { ...held, set }, now);
}

interface InLine extends HeldBack {
  readonly place: Omit<NonNullable<JobItem['awaitsPlace']>, 'at'>;
  /** By when the job must start, if it has not started yet. */
  readonly startsBy: number;
}

/**
 * Makes a job wait for a place: it stands in the line of its key. The item keeps the message, which leaves its queue;
 * that of a group stays there, hidden, and the process that wakes the job makes the message visible.
 */
export function awaitPlaceWrite(
  message: JobMessage,
  { place, startsBy, ...held }: InLine,
  now: number,
): JobWrite {
  const set = {
    awaitsPlace: { ...place, at: now },
    message: writeMessage(message),
    ...lineKeys(place.room, place.since),
    ...(message.options.dependsOn ? { admittedBy: place.of } : {}),
  };
  if (message.options.group !== undefined) {
    const write = holdBackWrite(message, { ...held, set }, now);
    return { ...write, remove: [...write.remove, 'notBefore'] };
  }
  // A schedule brings a job back that has to start by a time.
  const notBefore = Number.isFinite(startsBy) ? startsBy : now + noClaimForMs;
  const left = { notBefore, postponedUntil: notBefore, ...leaving(held.item) };
  return holdBackWrite(message, { ...held, set: { ...set, ...left } }, now);
}
