import type { JobContract } from '../author/contract.ts';
import { SecretValues } from '../author/secret-values.ts';
import { isKey, maxKeyLength, type WorkLimit } from '../author/work-limit.ts';
import { asError, InvalidPayloadError } from '../domain/base/errors.ts';
import type { JobMessage } from '../domain/state/message.ts';
import { intervalOf, type StartRate } from '../domain/state/start-rate.ts';
import { readPayload } from './run-handler.ts';

/** A limit of starts, with the key that a job has for it. */
export interface Limit {
  readonly rate: StartRate;
  /** The key as people see it. */
  readonly shownKey: string;
}

/**
 * The limits of a job, the slowest one first: it is the one that most often has no start that is near. That order is the same in all types.
 * @returns an error if the job has no key although it should
 */
export function limitsOf(
  contract: JobContract,
  limits: readonly WorkLimit[],
  { payload, tenant }: Pick<JobMessage, 'payload' | 'tenant'>,
): readonly Limit[] | Error {
  const secrets = new SecretValues();
  const made: Limit[] = [];
  try {
    const read = limits.some(({ key }) => typeof key !== 'string')
      ? readPayload(contract, payload, secrets)
      : undefined;
    for (const { key: keyOf, perSecond, burst = 1 } of limits) {
      const key = typeof keyOf === 'string' ? keyOf : keyOf(read, { tenant });
      if (key === undefined) continue;
      if (!isKey(key)) return new Error(`The key of the limit must have 1 to ${maxKeyLength} characters.`);
      if (made.some(({ rate }) => rate.key === key))
        return new Error('Two limits of the job have the same key.');
      made.push({ rate: { key, perSecond, burst }, shownKey: secrets.hide(key) });
    }
  } catch (thrown) {
    // The attempt says so.
    if (thrown instanceof InvalidPayloadError) return [];
    const { message } = secrets.hideError(asError(thrown));
    return new Error(`The key of the limit could not be made: ${message}`);
  }
  return made.sort(
    ({ rate: one }, { rate: other }) => intervalOf(other) - intervalOf(one) || (one.key < other.key ? -1 : 1),
  );
}
