import { AsyncLocalStorage } from 'node:async_hooks';
import { StepError } from '../../domain/base/errors.ts';

/** What one try of a step does. */
export interface StepWork {
  readonly key: string;
  /** It has ended: what it has left running is no part of the step. */
  isOver: boolean;
}

const inside = new AsyncLocalStorage<StepWork>();

/** Runs the work of a step. */
export async function runInside(key: string, work: () => unknown): Promise<unknown> {
  const own: StepWork = { key, isOver: false };
  try {
    return await inside.run(own, work);
  } finally {
    own.isOver = true;
  }
}

/** Whether this is a part of a step that has not ended. */
export const isInside = (): boolean => inside.getStore()?.isOver === false;

/**
 * The inner one would wait for the outer one to end before it ends the slice. @throws StepError inside the work of a
 * step
 */
export function requireOutside(key: string): void {
  if (inside.getStore()) throw new StepError(`"${key}" is inside another step: do one after the other`);
}

/** @returns the work that this is a part of; undefined outside of steps. @throws StepError once that has ended */
export function currentWork(): StepWork | undefined {
  const work = inside.getStore();
  if (work?.isOver)
    throw new StepError(`the step "${work.key}" has ended: await what it writes to the output`);
  return work;
}

/**
 * @returns the work that this is a part of. @throws StepError outside of the work of a step, and once that has ended
 */
export function requireInside(): StepWork {
  const work = currentWork();
  if (work) return work;
  throw new StepError(
    'a job with steps writes to its output inside of steps: what is outside would come again',
  );
}
