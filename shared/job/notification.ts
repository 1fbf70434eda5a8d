import * as z from 'zod/mini';
import { readJson } from './read-json.ts';
import { isTerminal, type JobStatus } from './transitions.ts';
import { currentVersion } from './version.ts';

/** Whom to tell that a job has ended: a webhook, a mail address, or the stage's event bus. */
export const notifyTarget = z.union(
  [
    z.strictObject({ url: z.string() }),
    z.strictObject({ email: z.string() }),
    z.strictObject({ event: z.literal(true) }),
  ],
  'must be {"url": "..."}, {"email": "..."} or {"event": true}',
);
export type NotifyTarget = z.infer<typeof notifyTarget>;

/** How it is with one of a job's notifications. */
export const notificationRecord = z.object({
  /** `pending`: no attempt has succeeded yet, and there will be another. `failed`: there will be none. */
  status: z.enum(['pending', 'delivered', 'failed']),
  attempts: z.int(),
  /** Why the last attempt failed. */
  lastError: z.optional(z.string()),
});
export type NotificationRecord = z.infer<typeof notificationRecord>;

/** The records of a job, in the order of its targets. Null: nobody has tried yet. */
const notificationRecords = z.array(z.nullable(notificationRecord));

const epochMilliseconds = z.int();

/** The message by which a target is told of a job's end. It says all that the target is told: the job may go on meanwhile. */
export const notificationMessage = z.object({
  version: z.literal(currentVersion),
  tenant: z.string().check(z.minLength(1)),
  jobId: z.string(),
  type: z.string(),
  run: z.int(),
  status: z.enum(['succeeded', 'failed', 'canceled']),
  createdAt: epochMilliseconds,
  finishedAt: epochMilliseconds,
  tags: z.optional(z.array(z.string())),
  error: z.optional(z.object({ name: z.string(), message: z.string() })),
  target: notifyTarget,
  /** Its place among the job's targets. */
  position: z.int(),
  /** How many attempts were made. */
  attempts: z.int(),
  /** Not before this time, epoch milliseconds: SQS delays a message for 15 minutes only. */
  dueAt: z.optional(epochMilliseconds),
});
export type NotificationMessage = z.infer<typeof notificationMessage>;

/** What of a job's item is needed to tell of its end. */
export interface Ended {
  readonly id: string;
  readonly tenant: string;
  readonly type: string;
  readonly run: number;
  readonly status: JobStatus;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly finishedAt?: number | undefined;
  readonly tags?: string[] | undefined;
  readonly error?: { name: string; message: string } | undefined;
  readonly notify?: readonly NotifyTarget[] | undefined;
  readonly notification?: string | undefined;
}

/**
 * Whether a message tells of the end in which the job is found. If not, the job has gone on since, and its records are of
 * another end: a canceled job may even have gone on in the same run.
 */
export const isOfSameEnd = (
  { run, status, finishedAt }: Pick<NotificationMessage, 'run' | 'status' | 'finishedAt'>,
  job: Pick<Ended, 'run' | 'status' | 'finishedAt'> & { readonly erased?: true | undefined },
): boolean => job.run === run && job.status === status && job.finishedAt === finishedAt && !job.erased;

/** The records that an item keeps as JSON text, in the order of its targets. */
export function recordsOf({
  notify = [],
  notification,
}: Pick<Ended, 'notify' | 'notification'>): readonly (NotificationRecord | null)[] {
  const known = notification === undefined ? [] : notificationRecords.parse(readJson(notification));
  return notify.map((_, position) => known[position] ?? null);
}

/**
 * The first messages to the targets of a job that has ended, to all that nobody has tried yet. Whoever has tried one has
 * sent the next message to it, or needs none.
 */
export function notificationsOf(job: Ended): readonly NotificationMessage[] {
  const { status, notify = [] } = job;
  if (notify.length === 0 || !isEnd(status)) return [];
  const records = recordsOf(job);
  const { tenant, id: jobId, type, run, createdAt, updatedAt, finishedAt = updatedAt, tags, error } = job;
  return notify.flatMap((target, position) =>
    records[position]
      ? []
      : [
          {
            version: currentVersion,
            tenant,
            jobId,
            type,
            run,
            status,
            createdAt,
            finishedAt,
            ...(tags ? { tags } : {}),
            ...(error ? { error } : {}),
            target,
            position,
            attempts: 0,
          },
        ],
  );
}

const isEnd = (status: JobStatus): status is NotificationMessage['status'] => isTerminal(status);
