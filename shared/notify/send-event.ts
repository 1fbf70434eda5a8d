import { EventNotTakenError } from '../domain/base/errors.ts';
import type { NotificationMessage } from '../domain/notify/notification.ts';
import type { EventBus } from '../domain/notify/ports.ts';
import { type Attempt, delivered, failed, impossible } from './attempt.ts';
import { jobEnd } from './job-end.ts';

const detailTypes: Readonly<Record<NotificationMessage['status'], string>> = {
  succeeded: 'Job succeeded',
  failed: 'Job failed',
  canceled: 'Job canceled',
};

/** Puts an event on the stage's bus, once. Its detail is an event as CloudEvents 1.0 has it, in JSON. */
export async function sendEvent(
  message: NotificationMessage,
  { bus, stage }: { readonly bus: EventBus | undefined; readonly stage: string },
): Promise<Attempt> {
  if (!bus) return impossible('this stage has no event bus');
  const { id, type, time, data } = jobEnd(message);
  const detail = {
    specversion: '1.0',
    id,
    source: `/job-worker/${stage}`,
    type,
    subject: data.id,
    time,
    datacontenttype: 'application/json',
    // A bus is for all tenants.
    data: { ...data, tenant: message.tenant },
  };
  try {
    await bus.put({
      source: 'job-worker',
      detailType: detailTypes[message.status],
      time: message.finishedAt,
      detail,
    });
    return delivered;
  } catch (error) {
    if (!(error instanceof EventNotTakenError)) throw error;
    return failed(error.message);
  }
}
