import type { FirstOfAll } from '../../author/waits.ts';
import type { Clock } from '../../domain/base/ports.ts';
import type { JobChildren } from '../children/job-children.ts';
import type { AwaitedBatch, JobSignals } from '../steps/job-signals.ts';
import { type JobSteps, maxWaitMs } from '../steps/job-steps.ts';
import { keyTaken, type StepMemo } from '../steps/step-memo.ts';

interface Waiting {
  readonly run: number;
  readonly steps: Pick<JobSteps, 'take' | 'timeOf' | 'tracked' | 'endSlice'>;
  readonly memo: Pick<StepMemo, 'find' | 'keep'>;
  readonly children: () => Pick<JobChildren, 'haveEnded' | 'awaits'>;
  readonly answers: () => Pick<JobSignals, 'first'>;
  readonly clock: Clock;
}

interface FirstWait {
  /** The key of a batch. */
  readonly children: string;
  readonly signal?: string | undefined;
  readonly until?: Date | number | undefined;
  readonly question?: string | undefined;
}

/** For a wait that has no end of its own. */
const longest = maxWaitMs / 1000;

/**
 * Waits for what comes first: the ends of children, an answer, or a time. It is stored under the key of the wait, and
 * a later call reads the decision and nothing else.
 */
export async function waitForFirst(
  key: string,
  { children, signal, until = longest, question }: FirstWait,
  waiting: Waiting,
): Promise<FirstOfAll<unknown>> {
  const batch = {
    haveEnded: () => waiting.children().haveEnded(children),
    awaits: () => waiting.children().awaits(children),
  };
  return signal === undefined
    ? withoutSignal({ key, until, batch }, waiting)
    : waiting.answers().first({ name: signal, key, until, question, batch });
}

interface Unanswered {
  readonly key: string;
  readonly until: Date | number;
  readonly batch: AwaitedBatch;
}

/** Nobody but the job itself can change what it finds, so a renewal of its lease stores it. */
async function withoutSignal(
  { key, until, batch }: Unanswered,
  { run, steps, memo, clock }: Waiting,
): Promise<FirstOfAll<unknown>> {
  steps.take(key);
  const record = memo.find(key);
  if (record && !record.wait) throw keyTaken(key);
  // A retry by the user asks anew.
  const before = record?.wait?.run === run ? record.wait : undefined;
  if (before?.by) return { by: before.by };
  const wait = before ?? { run, until: steps.timeOf(until) };
  if (!before) await steps.tracked(() => memo.keep({ key, wait }));
  const isOver = await batch.haveEnded();
  if (!isOver && clock.now() < wait.until) {
    batch.awaits();
    return steps.endSlice(wait.until, key);
  }
  const by = isOver ? 'children' : 'time';
  await steps.tracked(() => memo.keep({ key, wait: { ...wait, by } }));
  return { by };
}
