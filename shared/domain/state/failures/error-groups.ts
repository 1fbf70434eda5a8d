import type { Kind, Records, RecordUpdate } from '../../base/records.ts';
import { currentVersion, plainVersion } from '../../base/version.ts';
import { listPositionOf } from '../job/list-keys.ts';
import { type Failure, groupExpiresAt, groupKeyOf, groupListKeyOf, maxGroupJobs } from './failure.ts';

/**
 * The groups of failures, for who ends jobs. A group of a newer version is left as it is. Every call @throws
 * StoreUnavailableError
 */
export interface ErrorGroups {
  /**
   * Puts a job into its group, and makes the group if there is none.
   * @returns false if the job is in it, or the group has no room
   */
  add(failure: Failure): Promise<boolean>;
  /**
   * Says of a group without room that one more job failed, and when.
   * @returns false if the job is in the group, or there is room
   */
  addToFull(failure: Failure): Promise<boolean>;
}

export const errorGroupsKind = {
  id: 'errors/<group>',
  has: 'up to 100 jobs of a tenant that failed alike on one day; in the index `list`',
  expires: 'with the last of its jobs',
} as const satisfies Kind;

const readable = { attribute: 'version', absentOrAtMost: currentVersion } as const;

/** @param keptMs the longest that a job is kept, be it a child or not: a group names no longer than that what it has */
export function errorGroupsIn(records: Records<'errors'>, keptMs: number): ErrorGroups {
  const write = async ({ groupId }: Failure, update: RecordUpdate) =>
    (await records.write(groupKeyOf(groupId), update)).held;
  return {
    add: (failure) => write(failure, addition(failure, keptMs)),
    addToFull: (failure) =>
      write(failure, {
        name: 'note a failure of a full group',
        set: { more: true, lastSeenAt: failure.at },
        when: [
          [
            readable,
            { attribute: 'jobs', sizeAtLeast: maxGroupJobs },
            { attribute: 'jobs', lacks: failure.jobId },
          ],
        ],
      }),
  };
}

const addition = ({ groupId, jobId, tenant, type, name, at }: Failure, keptMs: number): RecordUpdate => ({
  name: 'group a failure',
  set: {
    ...{ version: plainVersion, tenant, type, name, lastSeenAt: at },
    listKey: groupListKeyOf(tenant),
    expiresAt: groupExpiresAt(at, keptMs),
  },
  once: { firstSeenAt: at, listPosition: listPositionOf(at, groupId) },
  include: { jobs: new Set([jobId]) },
  when: [
    [readable, { attribute: 'jobs', absentOrSmallerThan: maxGroupJobs }, { attribute: 'jobs', lacks: jobId }],
  ],
});
