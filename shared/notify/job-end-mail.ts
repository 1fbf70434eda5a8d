import type { NotificationMessage } from '../domain/notify/notification.ts';
import { jobEnd } from './job-end.ts';

/** A mail that says that a job has ended. */
export interface JobEndMail {
  /** Whose job it is. */
  readonly tenant: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

const happened: Readonly<Record<NotificationMessage['status'], string>> = {
  succeeded: 'has succeeded',
  failed: 'has failed',
  canceled: 'was canceled',
};

/** The mail to a target. Its text names no address of this stage, which it does not know. */
export function jobEndMail(message: NotificationMessage, to: string): JobEndMail {
  const { id, data } = jobEnd(message);
  const { error, tags } = data;
  const lines = [
    `The job ${data.id} of the type ${data.type} ${happened[data.status]}.`,
    '',
    `Submitted: ${data.createdAt}`,
    `Ended: ${data.finishedAt}`,
    ...(tags ? [`Tags: ${tags.join(', ')}`] : []),
    ...(error ? [`Error: ${error.name}: ${error.message}`] : []),
    '',
    `Notification: ${id}`,
  ];
  return {
    tenant: message.tenant,
    to,
    subject: `Job ${data.type} ${happened[data.status]}`,
    text: `${lines.join('\n')}\n`,
  };
}
