import type { JobItem } from '../contracts/job-item.ts';
import { transitions } from '../job.ts';
import { conditionOf } from './condition.ts';
import { finished } from './finished.ts';
import type { JobWrite } from './job-write.ts';

/** Ends a job that is not running. Its message, when it comes, saves itself in the item. */
export const cancelWrite = (item: JobItem, at: { now: number; retentionMs: number }): JobWrite => ({
  id: item.id,
  transition: 'cancel',
  condition: conditionOf('cancel', { ...item, now: at.now }),
  ...finished(at, { status: transitions.cancel.to }),
  append: [{ event: 'canceled', at: at.now, attempt: item.attempt }],
});

/** Asks the worker that has the job to stop; it sees the mark at its next heartbeat. */
export const requestCancelWrite = (item: JobItem, now: number): JobWrite => ({
  id: item.id,
  transition: 'requestCancel',
  condition: conditionOf('requestCancel', { ...item, now }),
  set: { cancelRequested: true, updatedAt: now },
});
