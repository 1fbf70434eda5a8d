import * as z from 'zod/mini';
import type { UnreadableMessageError } from '../base/errors.ts';
import { readJson } from '../base/read-json.ts';
import { scheduledVersion } from '../base/version.ts';
import { type JobMessage, readMessage, readMessageAs } from '../state/job/message.ts';
import { type JobPointer, jobPointer } from '../state/job/pointer.ts';
import { type ScheduleOccurrence, scheduleOccurrence } from './schedule.ts';

/** What the waiting queue holds beside messages of jobs. */
const bySchedules = z.discriminatedUnion('kind', [jobPointer, scheduleOccurrence]);
const ofSomeKind = z.object({ kind: z.string() });

/**
 * Reads a text from the waiting queue.
 * @returns a message, a pointer to a job whose item keeps the message, or an occurrence of a schedule; an error if it
 * is none of these
 * @throws NewerVersionError
 */
export const readWaitingMessage = (
  text: string,
): JobMessage | JobPointer | ScheduleOccurrence | UnreadableMessageError =>
  hasKind(text) ? readMessageAs(bySchedules, text, scheduledVersion) : readMessage(text);

/** A payload may have a `kind` of its own, and most messages have none: they are parsed once. */
function hasKind(text: string): boolean {
  if (!text.includes('"kind"')) return false;
  try {
    return ofSomeKind.safeParse(readJson(text)).success;
  } catch {
    return false;
  }
}
