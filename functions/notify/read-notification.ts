import * as z from 'zod/mini';
import { UnreadableMessageError } from '../../shared/job/errors.ts';
import { type NotificationMessage, notificationMessage } from '../../shared/job/notification.ts';
import { readJson } from '../../shared/job/read-json.ts';
import { refuseNewerVersion } from '../../shared/job/version.ts';

/**
 * Reads the text of a message of the queue of notifications.
 * @returns the message, or an error if the text is not JSON or not such a message
 * @throws NewerVersionError
 */
export function readNotification(text: string): NotificationMessage | UnreadableMessageError {
  let json: unknown;
  try {
    json = readJson(text);
  } catch (cause) {
    return new UnreadableMessageError('not JSON', { cause });
  }
  refuseNewerVersion(json, 'message');
  const parsed = notificationMessage.safeParse(json);
  return parsed.success ? parsed.data : new UnreadableMessageError(z.prettifyError(parsed.error));
}
