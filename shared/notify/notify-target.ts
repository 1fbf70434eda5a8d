import { asError, unreachable } from '../domain/base/errors.ts';
import type { NotificationMessage } from '../domain/notify/notification.ts';
import type { SpanStart, Tracer } from '../domain/observe/trace.ts';
import { type Attempt, impossible } from './attempt.ts';
import { type JobEndMail, jobEndMail } from './job-end-mail.ts';

/** How each kind of target is told, once. */
export interface Channels {
  webhook(message: NotificationMessage, address: string): Promise<Attempt>;
  event(message: NotificationMessage): Promise<Attempt>;
  /** Absent: the stage sends no mail. */
  mail?(mail: JobEndMail): Promise<Attempt>;
}

/** Tells a message's target, in a span of its own. */
export const notifyTarget =
  (channels: Channels, tracer?: Tracer) =>
  async (message: NotificationMessage): Promise<Attempt> => {
    const span = tracer?.start(spanOf(message));
    if (!span) return notify(message, channels);
    try {
      const attempt = await notify({ ...message, traceparent: span.traceparent }, channels);
      const { kind } = attempt;
      span.end({ outcome: kind }, kind === 'delivered' ? undefined : kind);
      return attempt;
    } catch (thrown) {
      span.end({}, asError(thrown).name);
      throw thrown;
    }
  };

async function notify(message: NotificationMessage, channels: Channels): Promise<Attempt> {
  const { target } = message;
  if ('url' in target) return channels.webhook(message, target.url);
  if ('event' in target) return channels.event(message);
  if ('email' in target)
    return channels.mail?.(jobEndMail(message, target.email)) ?? impossible('this stage sends no mail');
  return unreachable(target);
}

const spanOf = ({ jobId, target, traceparent: parent, ...message }: NotificationMessage): SpanStart => {
  const { tenant, type, run, status, attempts } = message;
  const [channel] = Object.keys(target);
  return {
    name: `notify ${channel}`,
    kind: 'client',
    jobId,
    parent,
    fields: { tenant, type, run, status, attempt: attempts + 1 },
  };
};
