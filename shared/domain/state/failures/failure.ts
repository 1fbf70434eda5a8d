import { dayMs } from '../../base/schedule-time.ts';
import { sha256 } from '../../base/sha256.ts';
import { tenantKeyOf } from '../../base/tenant-key.ts';
import type { JobItem } from '../job/item.ts';
import { hasFailed } from '../job/transitions.ts';
import { errorFingerprint } from './error-fingerprint.ts';

/** The end of a job that failed for good, as the group of its error needs to know it: see error-group.ts. */
export interface Failure {
  readonly groupId: string;
  readonly jobId: string;
  readonly tenant: string;
  readonly type: string;
  /** The name of the error. */
  readonly name: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** How many jobs a group names. An item with so many has less than 5 KB. */
export const maxGroupJobs = 100;

const maxName = 100;

/**
 * The failure of a job. It is the same for each caller, at any time: a message that comes twice counts once.
 * @returns undefined unless the job has failed for good
 */
export function failureOf(item: JobItem): Failure | undefined {
  const { id: jobId, tenant, type, status, error, finishedAt: at } = item;
  if (!hasFailed(status) || error === undefined || at === undefined) return undefined;
  const same = JSON.stringify([tenant, type, dayOf(at), errorFingerprint(error)]);
  const name = error.name.slice(0, maxName).toWellFormed();
  return { groupId: sha256(same, 'hex').slice(0, 32), jobId, tenant, type, name, at };
}

/** A day of UTC, in days since 1970. */
const dayOf = (at: number): number => Math.floor(at / dayMs);

/** When all jobs of a group have expired. Epoch seconds. @param at when one of them failed */
export const groupExpiresAt = (at: number, keptMs: number): number =>
  Math.ceil(((dayOf(at) + 1) * dayMs + keptMs) / 1000);

/**
 * The key of a group's item. No id of a job looks like this: who asks for a job by this key is told that there is none.
 */
export const groupKeyOf = (groupId: string): string => `${keyPrefix}${groupId}`;
export const keyPrefix = 'errors/';

/** The groups of a tenant have a partition of their own in the index `list`. */
export const groupListKeyOf = (tenant: string): string => `${tenantKeyOf(tenant)}.errors`;
