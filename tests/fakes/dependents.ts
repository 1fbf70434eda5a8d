import type { JobItem } from '../../shared/job/item.ts';
import { type JobMessage, writeMessage } from '../../shared/job/message.ts';
import { aMessage, anId, aQueuedItem, jobId } from './samples.ts';

/** The message of a job that depends on others. */
export const dependingOn = (dependsOn: readonly string[], runAt?: number): JobMessage =>
  aMessage({
    options: { maxAttempts: 3, dependsOn: [...dependsOn], ...(runAt === undefined ? {} : { runAt }) },
  });

const message: JobMessage = { ...dependingOn([jobId]), id: anId(1) };

/** A job that waits for the one of the other samples, as the gate leaves it. */
export const dependent: JobItem = aQueuedItem({
  id: anId(1),
  status: 'waiting',
  dependsOn: [jobId],
  message: writeMessage(message),
});
/** What the other job's item has of it. */
export const dependents = new Set([dependent.id]);
/** What the gate's queue gets when it is woken. */
export const itsWake = { message: { ...message, wake: true }, delaySeconds: 0 };
