import type { JobContract } from '../../author/contract.ts';
import type { PartLimit } from '../../author/work-limit.ts';
import type { JobMessage } from '../../domain/state/job/message.ts';
import { intervalOf, type StartRate } from '../../domain/state/limits/start-rate.ts';
import { limitKeyOf } from './limit-key.ts';

/** A limit of starts, with the key that a job has for it. */
export interface Limit {
  readonly rate: StartRate;
  /** The key as people see it. */
  readonly shownKey: string;
}

/**
 * The limits of a job, the slowest one first: it is the one that most often has no start that is near. That order is
 * the same in all types.
 * @returns an error if the job has no key although it should
 */
export function limitsOf(
  contract: JobContract,
  limits: readonly PartLimit[],
  message: Pick<JobMessage, 'payload' | 'tenant'>,
): readonly Limit[] | Error {
  const made: Limit[] = [];
  for (const limit of limits) {
    const found = limitKeyOf(limit, message, contract);
    if (found instanceof Error) return found;
    if (found === undefined) continue;
    const { key, shown } = found;
    if (made.some(({ rate }) => rate.key === key))
      return new Error('Two limits of the job have the same key.');
    const { perSecond, burst = 1 } = limit;
    made.push({ rate: { key, perSecond, burst }, shownKey: shown });
  }
  return made.sort(
    ({ rate: one }, { rate: other }) => intervalOf(other) - intervalOf(one) || (one.key < other.key ? -1 : 1),
  );
}
