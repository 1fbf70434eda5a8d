import type { JobItem } from '../job/item.ts';
import { dueKeys } from '../job/list-keys.ts';
import {
  type Answer,
  type ClosedBy,
  isOpen,
  type OpenWait,
  readSavedSignals,
  type Wait,
  withAnswer,
  withClosed,
} from '../stored/saved-signals.ts';
import { lookAfterDue } from '../waits/looks.ts';
import { conditionOf } from './condition.ts';
import type { Lease } from './holder-writes.ts';
import type { JobWrite } from './job-write.ts';

/**
 * The writes by which an answer comes to a job, and by which a wait ends without one. Each decides by its condition.
 */

/**
 * Stores an answer. If the job waits for it, the job is due now: the same write says so, and the index of what waits
 * has the job from then on as one that should have started.
 */
export function answerWrite(item: JobItem, answer: Answer, now: number): JobWrite {
  const { id, notBefore = now, group } = item;
  const saved = readSavedSignals(item.signals);
  if (!isOpen(item, answer))
    return {
      id,
      transition: 'storeSignal',
      condition: conditionOf('storeSignal', { ...item, now }),
      set: { signals: withAnswer(saved, { ...answer, isEarly: true }, undefined) },
    };
  const dueAt = Math.min(notBefore, now);
  return {
    id,
    transition: 'answerWait',
    condition: conditionOf('answerWait', { ...item, now }),
    set: {
      signals: withAnswer(saved, answer, dueAt),
      notBefore: dueAt,
      ...(group === undefined ? { postponedUntil: dueAt, ...dueKeys(id, lookAfterDue(dueAt)) } : {}),
    },
  };
}

interface Closing {
  /** As they were read last. */
  readonly signals: string | undefined;
  readonly wait: Wait & Pick<OpenWait, 'question'>;
  /** What came first. */
  readonly by: ClosedBy;
  readonly now: number;
}

/**
 * Closes a wait whose time is over, or whose children have ended: no answer can come any more. By the worker that holds
 * the job.
 */
export const closeWaitWrite = ({ item, message }: Lease, { signals, wait, by, now }: Closing): JobWrite => ({
  id: item.id,
  transition: 'closeWait',
  condition: conditionOf('closeWait', { now, fencingToken: item.fencingToken, signals }),
  set: { signals: withClosed(readSavedSignals(signals), { ...wait, by, run: message.run }), updatedAt: now },
});
