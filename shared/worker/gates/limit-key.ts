import type { JobContract } from '../../author/contract.ts';
import { SecretValues } from '../../author/secret-values.ts';
import { isKey, maxKeyLength, type RunningLimit } from '../../author/work-limit.ts';
import { asError, InvalidPayloadError } from '../../domain/base/errors.ts';
import { tenantKeyOf } from '../../domain/base/tenant-key.ts';
import type { JobMessage } from '../../domain/state/job/message.ts';
import { readPayload } from '../hold/run-handler.ts';

/** The key of a limit, and the same as people see it, with whose limit it is. */
export interface LimitKey {
  readonly key: string;
  readonly shown: string;
}

/** Longer than any key of all tenants: what a payload says is never the key of another tenant. */
const keyOfTenant = (tenant: string, key: string): string =>
  `${'-'.repeat(maxKeyLength)}${tenantKeyOf(tenant)}/${key}`;

/** @returns undefined if the job has no key, and so no limit; an error if it has none although it should */
export function limitKeyOf(
  limit: Pick<RunningLimit, 'key' | 'acrossTenants'>,
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
    if (!isKey(key)) return new Error(`The key of the limit must have 1 to ${maxKeyLength} characters.`);
    const isOfAll = typeof limit.key === 'string' || limit.acrossTenants === true;
    return {
      key: isOfAll ? key : keyOfTenant(tenant, key),
      shown: `${secrets.hide(key)} (${isOfAll ? 'all tenants' : 'this tenant'})`,
    };
  } catch (thrown) {
    // The attempt says so.
    if (thrown instanceof InvalidPayloadError) return undefined;
    const { message } = secrets.hideError(asError(thrown));
    return new Error(`The key of the limit could not be made: ${message}`);
  }
}
