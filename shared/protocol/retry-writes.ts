import type { JobItem } from '../contracts/job-item.ts';
import { transitions } from '../job.ts';
import { type Attribute, conditionOf } from './condition.ts';
import type { JobWrite } from './job-write.ts';

/** The job begins anew: as new attempts, but with its token, and what it had saved. */
const anew = (now: number): Pick<JobWrite, 'append'> & { remove: readonly Attribute[] } => ({
  remove: ['notBefore', 'cancelRequested', 'finishedAt', 'expiresAt', 'error'],
  append: [{ event: 'resubmitted', at: now, attempt: 0 }],
});

/** The user's retry of run `run`: whose message of the next run is in the queue. */
export const retryWrite = (
  { id, fingerprint }: Pick<JobItem, 'id' | 'fingerprint'>,
  run: number,
  now: number,
): JobWrite => ({
  id,
  transition: 'retry',
  condition: conditionOf('retry', { now, fingerprint, run }),
  set: { status: transitions.retry.to, run: run + 1, attempt: 0, updatedAt: now },
  ...anew(now),
});

/** The user's retry of a canceled job whose message is still in the queue: nothing need be sent. */
export const reviveWrite = (item: JobItem, now: number): JobWrite => ({
  id: item.id,
  transition: 'revive',
  condition: conditionOf('revive', { ...item, now }),
  set: { status: transitions.revive.to, attempt: 0, updatedAt: now },
  ...anew(now),
});
