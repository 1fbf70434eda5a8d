import type { JobItem } from '../job/item.ts';
import { dueKeys, unfinishedKeys } from '../job/list-keys.ts';
import { type JobMessage, writeMessage } from '../job/message.ts';
import { transitions } from '../job/transitions.ts';
import { lookAfterDue, lookAfterMove } from '../waits/looks.ts';
import { conditionOf } from './condition.ts';
import { type JobWrite, updatedAfter } from './job-write.ts';
import { type KeptFromStart, submitWrite } from './message-writes.ts';

/*
 * The writes of submissions of a debounced job. Its item keeps the message, which is in no queue: so the payload that
 * is replaced is nowhere else.
 */

/** When the job is due, and until when it waits for more submissions at most. Epoch milliseconds. */
export interface Debounce {
  readonly dueAt: number;
  readonly latestAt: number;
}

/** The time is not part of the message: a later submission moves it. */
const waitsUntil = (dueAt: number) => ({ notBefore: dueAt, postponedUntil: dueAt });

/** Makes a debounced job. */
export const debounceWrite = (
  message: JobMessage,
  { dueAt, latestAt }: Debounce,
  kept: KeptFromStart = {},
): JobWrite => ({
  id: message.id,
  transition: 'schedule',
  condition: conditionOf('schedule', { now: message.submittedAt }),
  set: {
    ...submitWrite(message, kept).set,
    ...unfinishedKeys(message, true),
    status: transitions.schedule.to,
    message: writeMessage(message),
    debounced: { submissions: 1, latestAt },
    ...waitsUntil(dueAt),
    ...dueKeys(message.id, lookAfterDue(dueAt)),
  },
});

/**
 * Replaces the payload of a debounced job, and moves its time. A writer that has read the item before is refused, also
 * admission.
 * @param item as it was read
 */
export function replaceWrite(
  item: JobItem & { readonly debounced: NonNullable<JobItem['debounced']> },
  {
    message,
    dueAt,
    kept = {},
  }: { readonly message: JobMessage; readonly dueAt: number; readonly kept?: KeptFromStart },
  now: number,
): JobWrite {
  const { submissions, latestAt } = item.debounced;
  const outdated = (['keptMessage', 'messageObject'] as const).filter(
    (each) => item[each] !== undefined && kept[each] === undefined,
  );
  return {
    id: item.id,
    transition: 'replace',
    condition: conditionOf('replace', { ...item, now }),
    set: {
      fingerprint: message.fingerprint,
      message: writeMessage(message),
      debounced: { submissions: submissions + 1, latestAt },
      updatedAt: updatedAfter(item, now),
      ...waitsUntil(dueAt),
      ...lookAfterMove(item, dueAt),
      ...kept,
    },
    ...(outdated.length === 0 ? {} : { remove: outdated }),
  };
}
