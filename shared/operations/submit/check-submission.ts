import { type Contracts, canBeInGroup, contractOf } from '../../author/contract.ts';
import { markedValues } from '../../author/marked-fields.ts';
import { InvalidRequestError, type Violation } from '../../domain/base/errors.ts';
import { maxAheadSeconds } from '../../domain/base/schedule-time.ts';
import { ObjectNotFoundError } from '../../domain/objects/object-errors.ts';
import { type UploadRules, uploadKeptUntil } from '../../domain/objects/upload-name.ts';
import type { DependencyReader, JobReader } from '../../domain/state/ports.ts';
import type { TenantDoor } from '../doors/tenant-door.ts';

/** What of a submission only the clock and the table can tell. */

interface Timed {
  readonly delaySeconds?: number | undefined;
  /** Epoch milliseconds. */
  readonly runAt?: number | undefined;
  readonly idempotencyKey?: string | undefined;
  readonly mayBePast?: true;
}

/** A submission that got no answer may be repeated with its key, even if its time has come meanwhile. */
const repeatedWithinMs = 5 * 60_000;

const earliestOf = ({ idempotencyKey, mayBePast }: Timed, now: number): number => {
  if (mayBePast) return 0;
  return idempotencyKey === undefined ? now : now - repeatedWithinMs;
};

/**
 * Decides when a job may run at the earliest.
 * @returns epoch milliseconds; undefined: at once
 * @throws InvalidRequestError for a time that is past, or more than 365 days ahead
 */
export function decideStart({ delaySeconds = 0, runAt, ...timed }: Timed, now: number): number | undefined {
  if (runAt === undefined) return delaySeconds === 0 ? undefined : now + delaySeconds * 1000;
  if (runAt < earliestOf(timed, now)) throw invalidTime('is in the past');
  if (runAt > now + maxAheadSeconds * 1000) throw invalidTime('is more than 365 days ahead');
  return runAt;
}

/**
 * Checks that there is a time in which the job may start.
 * @throws InvalidRequestError if `startBefore` is past, or not after the time at which the job may run
 */
export function requireTimeToStart(
  { startBefore, runAt, ...timed }: Timed & { readonly startBefore?: number | undefined },
  now: number,
): void {
  if (startBefore === undefined) return;
  if (startBefore <= earliestOf(timed, now)) throw invalidTime('is in the past', '/startBefore');
  if (startBefore <= (runAt ?? 0)) throw invalidTime('is not after the time of runAt', '/startBefore');
}

const invalidTime = (detail: string, pointer = '/runAt') =>
  new InvalidRequestError('The job cannot be run at that time.', [{ pointer, detail }]);

/**
 * Checks that a job may be in a group: one that runs on servers may not, because the queue that keeps the order of a
 * group is for functions.
 * @throws InvalidRequestError
 */
export function requireGroupable(
  { type, group }: { readonly type: string; readonly group?: string | undefined },
  { contracts }: { readonly contracts: Contracts },
): void {
  if (group === undefined || canBeInGroup(contracts, type)) return;
  const detail = 'jobs of this type run on servers, which keep no order: use dependsOn';
  throw new InvalidRequestError('The job cannot be in a group.', [{ pointer: '/group', detail }]);
}

/** Reads that nobody counts. */
const uncounted = (store: JobReader): DependencyReader => ({
  read: async (id) => ({ job: await store.read(id), units: 0 }),
});

interface DependencyReading {
  readonly store: JobReader;
  /** Absent: the store. */
  readonly dependencies?: DependencyReader | undefined;
  /** Absent: no limit of the tenant is asked. */
  readonly door?: Partial<Pick<TenantDoor, 'requireRoom' | 'charge'>> | undefined;
}

interface Dependent {
  readonly tenant: string;
  readonly dependsOn?: readonly string[] | undefined;
}

/**
 * Checks that all dependencies are jobs of the same tenant, and no children: these are made again in a round of their
 * parent. Nobody learns whether another tenant has a job of some id. What it reads counts in a limit of the tenant, as
 * what lists read: see `readLists`.
 * @throws InvalidRequestError, with a violation for every id that is not known; LimitExceededError,
 * StoreUnavailableError
 */
export async function requireDependencies(
  { tenant, dependsOn = [] }: Dependent,
  { store, dependencies = uncounted(store), door }: DependencyReading,
): Promise<void> {
  if (dependsOn.length === 0) return;
  const limit = 'readUnitsPerMinute';
  await door?.requireRoom?.(tenant, limit);
  const found = await Promise.all(dependsOn.map((id) => dependencies.read(id)));
  const wanted = found.reduce((sum, { units }) => sum + units, 0);
  if (wanted > 0) await door?.charge?.({ tenant, limit, wanted });
  const violations = found.flatMap(({ job }, index): Violation[] => {
    const pointer = `/dependsOn/${index}`;
    if (job?.tenant !== tenant) return [{ pointer, detail: 'there is no job of this id' }];
    return job.parent ? [{ pointer, detail: 'is a child of a job: depend on its parent' }] : [];
  });
  if (violations.length > 0)
    throw new InvalidRequestError('The job depends on jobs that it cannot depend on.', violations);
}

interface WithObjects {
  readonly tenant: string;
  readonly type: string;
  readonly payload: unknown;
  /** When the job may run at the earliest, epoch milliseconds. */
  readonly runAt: number;
}

/**
 * Checks, without a call, that each object that the payload names was given to the tenant, and is still kept when the
 * job may run. Whether it was uploaded meanwhile, the job will see.
 * @throws ObjectNotFoundError; InvalidRequestError, with a violation for each object that will be gone
 */
export function requireUploads(
  { tenant, type, payload, runAt }: WithObjects,
  { contracts, uploads }: { readonly contracts: Contracts; readonly uploads?: UploadRules },
): void {
  if (!uploads) return;
  const contract = contractOf(contracts, type);
  const named = contract ? markedValues(contract.payload, payload, 'object') : [];
  const kept = named.map(({ pointer, value }) => ({
    pointer,
    until: typeof value === 'string' ? uploadKeptUntil(value, tenant, uploads) : undefined,
  }));
  const unknown = kept.find(({ until }) => until === undefined);
  if (unknown) throw new ObjectNotFoundError(`There is no such object: /payload${unknown.pointer}.`);
  const gone = kept.filter(({ until = 0 }) => until <= runAt);
  if (gone.length > 0)
    throw new InvalidRequestError(
      'The job would run when its object is no longer kept.',
      gone.map(({ pointer, until = 0 }) => ({
        pointer: `/payload${pointer}`,
        detail: `is kept until ${new Date(until).toISOString()}`,
      })),
    );
}
