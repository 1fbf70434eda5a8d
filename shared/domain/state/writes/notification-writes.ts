import type { NotificationRecord } from '../../notify/notification.ts';
import type { JobItem } from '../job/item.ts';
import { recordsOf } from '../stored/notifications-of.ts';
import { conditionOf } from './condition.ts';
import type { JobWrite } from './job-write.ts';

/**
 * Records how it is with one of the notifications of a job that has ended. The outcome stays as it is, and so does
 * `updatedAt`: it is no news of the job.
 * @param item as it was read
 */
export const recordNotificationWrite = (
  item: JobItem,
  { position, record, now }: { position: number; record: NotificationRecord; now: number },
): JobWrite => ({
  id: item.id,
  transition: 'recordNotification',
  condition: conditionOf('recordNotification', { ...item, now }),
  set: { notification: JSON.stringify(recordsOf(item).with(position, record)) },
});
