import type { JobList } from '../domain/state/ports.ts';
import type { TenantDoor } from './tenant-door.ts';

interface ReadDependencies {
  readonly list: JobList;
  readonly door: Pick<TenantDoor, 'requireRoom' | 'charge'>;
}

/**
 * Reads lists for a tenant. What the table says that it costs is counted when it is read: nobody knows it before. So who has room for
 * one unit reads a whole page, and waits the longer after it.
 * @throws LimitExceededError, StoreUnavailableError, and what `read` throws
 */
export async function readLists<Answer>(
  tenant: string,
  read: (list: JobList) => Promise<Answer>,
  { list, door }: ReadDependencies,
): Promise<Answer> {
  const limit = 'readUnitsPerMinute';
  await door.requireRoom(tenant, limit);
  let wanted = 0;
  const counted = <Page extends { readonly units: number }>(page: Page): Page => {
    wanted += page.units;
    return page;
  };
  const answer = await read({
    find: async (query) => counted(await list.find(query)),
    read: async (ids) => counted(await list.read(ids)),
  });
  if (wanted > 0) await door.charge({ tenant, limit, wanted });
  return answer;
}
