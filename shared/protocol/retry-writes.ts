import type { JobItem } from '../contracts/job-item.ts';
import { transitions } from '../job.ts';
import { type Attribute, conditionOf } from './condition.ts';
import { historyWith } from './history.ts';
import type { JobWrite } from './job-write.ts';

/** The job begins anew: as new attempts, but with its token, and what it had saved. */
const anew = (item: JobItem, now: number) => ({
  attempt: 0,
  updatedAt: now,
  history: historyWith(item, { event: 'resubmitted', at: now, attempt: 0 }),
});
const outdated = ({ checkpoint }: JobItem): readonly Attribute[] => [
  'notBefore',
  'cancelRequested',
  'finishedAt',
  'expiresAt',
  'error',
  // It tells how far the saved state is; without one, the job has to begin at its beginning.
  ...(checkpoint === undefined ? (['progress'] as const) : []),
];

/** The user's retry of a failed or canceled job. The message of the next run is in the queue already. */
export const retryWrite = (item: JobItem, now: number): JobWrite => ({
  id: item.id,
  transition: 'retry',
  condition: conditionOf('retry', { ...item, now }),
  set: { ...anew(item, now), status: transitions.retry.to, run: item.run + 1 },
  remove: outdated(item),
});

/** The user's retry of a canceled job whose message is still in the queue: nothing need be sent. */
export const reviveWrite = (item: JobItem, now: number): JobWrite => ({
  id: item.id,
  transition: 'revive',
  condition: conditionOf('revive', { ...item, now }),
  set: { ...anew(item, now), status: transitions.revive.to },
  remove: outdated(item),
});
