import { defined } from '../domain/base/defined.ts';
import type { NotificationMessage } from '../domain/notify/notification.ts';

/** What receivers are told: the same to each of them, and each time. Times are ISO 8601. */
export interface JobEnd {
  /**
   * The same at every attempt: a receiver recognizes what it was told before. A job that is canceled, revived, and
   * canceled again in one run has the same id both times.
   */
  readonly id: string;
  readonly type: `job.${NotificationMessage['status']}`;
  /** When the job ended. */
  readonly time: string;
  /** Without the result, which may be large, or secret: a receiver fetches it. */
  readonly data: {
    readonly id: string;
    readonly type: string;
    readonly run: number;
    readonly status: NotificationMessage['status'];
    readonly createdAt: string;
    readonly finishedAt: string;
    readonly tags?: readonly string[];
    readonly error?: { readonly name: string; readonly message: string };
  };
}

/** What to tell of the end that a message is about. */
export function jobEnd({
  jobId,
  type,
  run,
  status,
  createdAt,
  finishedAt,
  tags,
  error,
}: NotificationMessage): JobEnd {
  const time = new Date(finishedAt).toISOString();
  return {
    id: `${jobId}_${run}_${status}`,
    type: `job.${status}`,
    time,
    data: {
      id: jobId,
      type,
      run,
      status,
      createdAt: new Date(createdAt).toISOString(),
      finishedAt: time,
      ...defined({ tags, error }),
    },
  };
}
