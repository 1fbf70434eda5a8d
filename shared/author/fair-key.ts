import * as z from 'zod/v4/core';
import { shortHash } from '../domain/state/job/pointer.ts';
import type { JobContract } from './contract.ts';

interface TenantPayload {
  readonly tenant: string;
  /** As submitted. */
  readonly payload: unknown;
}

/**
 * Whom of its tenant a job is for, as its contract says: hashed, since it may come from a secret field.
 * @throws TypeError if `fairBy` returns what is no text; and what `fairBy` throws
 */
export function askFairBy(contract: JobContract, { tenant, payload }: TenantPayload): string | undefined {
  if (!contract.fairBy) return undefined;
  const { success, data } = z.safeParse(contract.payload, payload);
  const key: unknown = success ? contract.fairBy(data, { tenant }) : undefined;
  if (key === undefined) return undefined;
  if (typeof key !== 'string') throw new TypeError('fairBy must return a text, or undefined');
  return shortHash(key);
}

/**
 * The same for a message. No job is refused because of a fault in `fairBy`: then the job is for its tenant. The test
 * kit finds it.
 */
export function fairKeyOf(contract: JobContract | undefined, asked: TenantPayload): string | undefined {
  try {
    return contract && askFairBy(contract, asked);
  } catch {
    return undefined;
  }
}
