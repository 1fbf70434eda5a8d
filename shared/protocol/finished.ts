import type { JobItem } from '../contracts/job-item.ts';
import type { JobWrite } from './job-write.ts';

/** What every write has that makes a job terminal. */
export const finished = (
  { now, retentionMs }: { readonly now: number; readonly retentionMs: number },
  set: Partial<JobItem>,
): Pick<JobWrite, 'set' | 'remove'> => ({
  set: {
    ...set,
    finishedAt: now,
    updatedAt: now,
    expiresAt: Math.ceil((now + retentionMs) / 1000),
  },
  remove: ['claimId', 'leaseUntil', 'notBefore', 'cancelRequested', 'openedBy'],
});
