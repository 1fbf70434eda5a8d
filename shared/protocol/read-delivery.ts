import { type JobMessage, readMessage } from '../contracts/job-message.ts';
import { UnreadableMessageError } from '../errors.ts';
import type { Delivery } from '../ports.ts';

/** What was delivered, apart from how. */
export interface Received {
  readonly message: Omit<JobMessage, 'wake' | 'sentAnew'>;
  /** It was delivered before: what was to be done then may be half done. */
  readonly again: boolean;
  /** A copy that is to have a waiting job look at its dependencies. */
  readonly wake: boolean;
}

/** What a delivery says, or why that cannot be told. */
export function readDelivery({ body, receiveCount }: Delivery): Received | UnreadableMessageError {
  const read = readMessage(body);
  if (read instanceof UnreadableMessageError) return read;
  const { wake = false, sentAnew = false, ...message } = read;
  return { message, wake, again: sentAnew || receiveCount > 1 };
}
