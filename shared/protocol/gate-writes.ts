import { type JobMessage, writeMessage } from '../contracts/job-message.ts';
import { transitions } from '../job.ts';
import { conditionOf } from './condition.ts';
import type { JobWrite } from './job-write.ts';
import { fromMessage, startFromMessage } from './message-writes.ts';

/** Writes of the gate, which lets a job run when it may. */

/**
 * Notes that the job waits; creates its item if submit has not written it yet. Whoever ends the last dependency finds
 * the message in the item, and wakes the job with it.
 */
export const parkWrite = (message: JobMessage, now: number): JobWrite => ({
  id: message.id,
  transition: 'park',
  condition: conditionOf('park', { now, ...message }),
  set: {
    ...fromMessage(message),
    status: transitions.park.to,
    updatedAt: now,
    ...(message.options.dependsOn ? { message: writeMessage(message) } : {}),
  },
  setOnce: { token: 0, attempt: 0, history: [], ...startFromMessage(message) },
});

/** Lets a waiting job run. `openedBy` is the id of the message because of which it is about to be sent on. */
export const openWrite = (message: JobMessage, openedBy: string, now: number): JobWrite => ({
  id: message.id,
  transition: 'open',
  condition: conditionOf('open', { now, ...message }),
  set: { status: transitions.open.to, openedBy, updatedAt: now },
});

/** Notes on an unfinished job that another one waits for it. */
export const noteWrite = (dependency: string, dependent: string, now: number): JobWrite => ({
  id: dependency,
  transition: 'note',
  condition: conditionOf('note', { now }),
  set: {},
  include: { dependents: dependent },
});
