import { defined } from '../../base/defined.ts';
import { readJson } from '../../base/read-json.ts';
import { plainVersion } from '../../base/version.ts';
import {
  type NotificationMessage,
  type NotificationRecord,
  notificationRecords,
} from '../../notify/notification.ts';
import type { JobItem } from '../job/item.ts';
import { isTerminal, type JobStatus } from '../job/transitions.ts';

/**
 * Whether a message tells of the end in which the job is found. If not, the job has gone on since, and its records are
 * of another end: a canceled job may even have gone on in the same run.
 */
export const isOfSameEnd = (
  { run, status, finishedAt }: Pick<NotificationMessage, 'run' | 'status' | 'finishedAt'>,
  job: Pick<JobItem, 'run' | 'status' | 'finishedAt' | 'erased'>,
): boolean => job.run === run && job.status === status && job.finishedAt === finishedAt && !job.erased;

/** The records that an item keeps as JSON text, in the order of its targets. */
export function recordsOf({
  notify = [],
  notification,
}: Pick<JobItem, 'notify' | 'notification'>): readonly (NotificationRecord | null)[] {
  const known = notification === undefined ? [] : notificationRecords.parse(readJson(notification));
  return notify.map((_, position) => known[position] ?? null);
}

/** Nobody has tried yet, or it was held back. After a try the next message is sent, or none is needed. */
const isDue = (record: NotificationRecord | null): boolean => record === null || record.suspended === true;

/** It is sent again only if somebody asks for it. */
export const isHeldBackOrGivenUp = (record: NotificationRecord | null): boolean =>
  record?.suspended === true || record?.givenUp === true;

/** The next messages to the targets of a job that has ended. @param isSent says to which of them, by their records */
export function notificationsOf(job: JobItem, isSent = isDue): readonly NotificationMessage[] {
  const { status, notify = [] } = job;
  if (notify.length === 0 || !isEnd(status)) return [];
  const records = recordsOf(job);
  const {
    tenant,
    id: jobId,
    type,
    run,
    createdAt,
    updatedAt,
    finishedAt = updatedAt,
    tags,
    error,
    traceparent,
  } = job;
  return notify.flatMap((target, position) =>
    !isSent(records[position] ?? null)
      ? []
      : [
          {
            version: plainVersion,
            tenant,
            jobId,
            type,
            run,
            status,
            createdAt,
            finishedAt,
            ...defined({ tags, error, traceparent }),
            target,
            position,
            attempts: records[position]?.attempts ?? 0,
          },
        ],
  );
}

const isEnd = (status: JobStatus): status is NotificationMessage['status'] => isTerminal(status);
