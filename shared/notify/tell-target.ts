import { unreachable } from '../domain/base/errors.ts';
import type { NotificationMessage } from '../domain/notify/notification.ts';
import { type Attempt, impossible } from './attempt.ts';
import { type JobEndMail, jobEndMail } from './job-end-mail.ts';

/** How each kind of target is told, once. */
export interface Channels {
  webhook(message: NotificationMessage, address: string): Promise<Attempt>;
  event(message: NotificationMessage): Promise<Attempt>;
  /** Absent: the stage sends no mail. */
  mail?(mail: JobEndMail): Promise<Attempt>;
}

/** Tells a message's target. */
export const tellTarget =
  (channels: Channels) =>
  async (message: NotificationMessage): Promise<Attempt> => {
    const { target } = message;
    if ('url' in target) return channels.webhook(message, target.url);
    if ('event' in target) return channels.event(message);
    if ('email' in target)
      return channels.mail?.(jobEndMail(message, target.email)) ?? impossible('this stage sends no mail');
    return unreachable(target);
  };
