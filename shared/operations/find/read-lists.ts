import type { BatchEraser } from '../../domain/children/batch-ports.ts';
import type { ErrorGroupList, JobList } from '../../domain/state/ports.ts';
import type { TenantDoor } from '../doors/tenant-door.ts';
import type { RecentCounts } from './recent-counts.ts';

/** Lists of a tenant, whose reads are counted. */
export interface Lists {
  readonly list: JobList;
  readonly errorGroups: ErrorGroupList;
  readonly batches: Pick<BatchEraser, 'read' | 'shards'>;
  readonly counts: Pick<RecentCounts, 'of'>;
}

/** `readLists` for a tenant, with what a function has. */
export type WithLists = <Answer>(tenant: string, read: (lists: Lists) => Promise<Answer>) => Promise<Answer>;

interface ReadDependencies extends Lists {
  readonly door: Pick<TenantDoor, 'requireRoom' | 'charge'>;
}

/**
 * Reads lists for a tenant. What the table says that it costs is counted when it is read: nobody knows it before. So
 * who has room for one unit reads a whole page, and waits the longer after it.
 * @throws LimitExceededError, StoreUnavailableError, and what `read` throws
 */
export async function readLists<Answer>(
  tenant: string,
  read: (lists: Lists) => Promise<Answer>,
  { list, errorGroups, batches, counts, door }: ReadDependencies,
): Promise<Answer> {
  const limit = 'readUnitsPerMinute';
  await door.requireRoom(tenant, limit);
  let wanted = 0;
  const counted = <Page extends { readonly units: number }>(page: Page): Page => {
    wanted += page.units;
    return page;
  };
  // A root, or a shard with the ends of a hundred children, is a unit each. The table does not say it.
  const parts: Lists['batches'] = {
    read: (batch) => {
      wanted += 1;
      return batches.read(batch);
    },
    shards: (batch, round, shards) => {
      wanted += shards.length;
      return batches.shards(batch, round, shards);
    },
  };
  const answer = await read({
    batches: parts,
    // What was counted a moment ago is not read again.
    counts: { of: (root) => counts.of(root, parts) },
    list: {
      find: async (query) => counted(await list.find(query)),
      read: async (ids) => counted(await list.read(ids)),
    },
    errorGroups: { find: async (query) => counted(await errorGroups.find(query)) },
  });
  if (wanted > 0) await door.charge({ tenant, limit, wanted });
  return answer;
}
