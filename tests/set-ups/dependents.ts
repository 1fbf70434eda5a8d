import type { JobItem } from '../../shared/domain/state/job/item.ts';
import { type JobMessage, writeMessage } from '../../shared/domain/state/job/message.ts';
import { pointerTo } from '../../shared/domain/state/job/pointer.ts';
import { aMessage, anId, aQueuedItem, jobId } from './samples.ts';

/** The message of a job that depends on the jobs with these ids. */
export const dependingOn = (dependsOn: readonly string[], runAt?: number): JobMessage =>
  aMessage({
    options: { maxAttempts: 3, dependsOn: [...dependsOn], ...(runAt === undefined ? {} : { runAt }) },
  });

const message: JobMessage = { ...dependingOn([jobId]), id: anId(1) };

/** A job that waits for the job of the other samples. Admission has deferred it. */
export const dependent: JobItem = aQueuedItem({
  id: anId(1),
  status: 'waiting',
  dependsOn: [jobId],
  message: writeMessage(message),
});
/** The `dependents` in the item of the job that it waits for. */
export const dependents = new Set([dependent.id]);
/** What the waiting queue gets when the dependent is woken. */
export const itsWake = { pointer: pointerTo(dependent), delaySeconds: 0 };
