import type { JobContract } from '../author/contract.ts';
import { SecretValues } from '../author/secret-values.ts';
import { isKey, maxKeyLength, type RunningLimit } from '../author/work-limit.ts';
import { asError, InvalidPayloadError } from '../domain/base/errors.ts';
import type { JobMessage } from '../domain/state/message.ts';
import { readPayload } from './run-handler.ts';

/** The key of a limit, and the same as people see it. */
export interface LimitKey {
  readonly key: string;
  readonly shown: string;
}

/** @returns undefined if the job has no key, and so no limit; an error if it has none although it should */
export function limitKeyOf(
  limit: Pick<RunningLimit, 'key'>,
  { payload, tenant }: Pick<JobMessage, 'payload' | 'tenant'>,
  contract: JobContract,
): LimitKey | Error | undefined {
  const secrets = new SecretValues();
  try {
    const key =
      typeof limit.key === 'string'
        ? limit.key
        : limit.key(readPayload(contract, payload, secrets), { tenant });
    if (key === undefined) return undefined;
    return isKey(key)
      ? { key, shown: secrets.hide(key) }
      : new Error(`The key of the limit must have 1 to ${maxKeyLength} characters.`);
  } catch (thrown) {
    // The attempt says so.
    if (thrown instanceof InvalidPayloadError) return undefined;
    const { message } = secrets.hideError(asError(thrown));
    return new Error(`The key of the limit could not be made: ${message}`);
  }
}
