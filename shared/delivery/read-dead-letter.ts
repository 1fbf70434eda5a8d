import { UnreadableMessageError } from '../domain/base/errors.ts';
import { readWaitingMessage } from '../domain/schedules/waiting-message.ts';
import type { JobMessage } from '../domain/state/message.ts';
import type { JobPointer } from '../domain/state/pointer.ts';
import { deliveredText } from './delivered-text.ts';

/**
 * Reads a dead letter: of a queue, or of Scheduler.
 * @returns the message of a job, or a pointer to one; or an error if it is neither. An occurrence of a recurring schedule
 * is for a person: nobody else knows whether its job is still wanted
 * @throws NewerVersionError
 */
export function readDeadLetter(body: string): JobMessage | JobPointer | UnreadableMessageError {
  const read = readWaitingMessage(deliveredText(body));
  if (read instanceof Error || !('kind' in read) || read.kind === 'pointer') return read;
  return new UnreadableMessageError(`the schedule ${read.schedule} has made no job for ${read.at}`);
}
