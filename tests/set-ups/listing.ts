import type { JobItem } from '../../shared/domain/state/job/item.ts';
import { shardOf } from '../../shared/domain/state/job/list-keys.ts';
import type { JobMessage } from '../../shared/domain/state/job/message.ts';
import { eraseWrite, retryWrite } from '../../shared/domain/state/writes/control-writes.ts';
import { outcomeWrite } from '../../shared/domain/state/writes/holder-writes.ts';
import type { JobWrite } from '../../shared/domain/state/writes/job-write.ts';
import {
  claimWrite,
  failUnclaimedWrite,
  submitWrite,
} from '../../shared/domain/state/writes/message-writes.ts';
import { type JobPage, type ListRequest, listJobs } from '../../shared/operations/find/list-jobs.ts';
import { t0 } from '../../testkit/fakes/fixed.ts';
import { InMemoryJobList } from '../../testkit/fakes/in-memory-job-list.ts';
import { InMemoryJobStore } from '../../testkit/fakes/in-memory-job-store.ts';
import { aLease, aMessage, anId, by, leaseMs, retentionMs } from './samples.ts';

type MessageOptions = JobMessage['options'];
type FlatListRequest = Partial<Omit<ListRequest, 'filter'>> & ListRequest['filter'];

/** Creates jobs on fakes, changes them by the protocol's own writes, and lists them. */
export function aListing({ listShards = 1 } = {}) {
  const store = new InMemoryJobStore();
  const list = new InMemoryJobList(store.items);
  const end = { now: t0, retentionMs };
  let count = 0;
  const messages = new Map<string, JobMessage>();

  const known = <T>(value: T | undefined): T => {
    if (value === undefined) throw new TypeError('there is no such job');
    return value;
  };

  /** Submits a job at `t0 + after`. @param shards that the list has at the submission */
  async function submit({
    after = 0,
    shards = listShards,
    tags = [] as readonly string[],
    ...over
  }: { after?: number; shards?: number; tags?: readonly string[] } & Partial<
    Pick<MessageOptions, 'group'> & Omit<JobMessage, 'options'>
  > = {}): Promise<string> {
    count += 1;
    const { group, id = anId(count), ...fields } = over;
    const options: MessageOptions = {
      maxAttempts: 3,
      ...(group === undefined ? {} : { group }),
      ...(tags.length === 0 ? {} : { tags: [...tags] }),
    };
    const message = aMessage({ id, submittedAt: t0 + after, shard: shardOf(id, shards), options, ...fields });
    const before = store.items.get(id);
    if (await store.write(submitWrite(message))) messages.set(id, message);
    else if (before?.status === 'queued' && before.run === 1) {
      // A second submission under one key is the same request, with its own time and shard. Its message may win.
      const { submittedAt, shard } = message;
      messages.set(id, { ...known(messages.get(id)), submittedAt, shard });
    }
    return id;
  }
  const change = async (id: string, write: (item: JobItem, message: JobMessage) => JobWrite): Promise<void> =>
    void (await store.write(write(known(store.items.get(id)), known(messages.get(id)))));

  async function succeed(id: string): Promise<void> {
    const message = { ...known(messages.get(id)), run: known(store.items.get(id)).run };
    const item = await store.write(claimWrite(message, { now: t0, claimId: 'a claim', leaseMs }));
    if (item) await store.write(outcomeWrite(aLease(item, message), { kind: 'succeeded', result: '1' }, end));
  }

  const page = ({
    tenant = 'a tenant',
    limit = 100,
    below,
    ...filter
  }: FlatListRequest = {}): Promise<JobPage> =>
    listJobs({ tenant, limit, below, filter }, { list, listShards });

  return {
    store,
    list,
    submit,
    page,
    succeed,
    fail: (id: string, error = { name: 'Error', message: 'no' }) =>
      change(id, (item, message) =>
        failUnclaimedWrite({ ...message, run: item.run }, { ...end, item, error }),
      ),
    retry: (id: string) => change(id, (item) => retryWrite(item, t0, by)),
    erase: (id: string) => change(id, (item) => eraseWrite(item, t0, by)),
    /** What TTL does. */
    expire: (id: string) => void store.items.delete(id),
    /** Changes what is not a key of a list. */
    set: (id: string, set: Partial<JobItem>) =>
      void store.items.set(id, { ...known(store.items.get(id)), ...set }),
    /** The ids of a page. */
    ids: async (asked?: FlatListRequest) => (await page(asked)).jobs.map(({ id }) => id),
    /** All pages, one after the other. */
    async pages(asked: FlatListRequest = {}): Promise<readonly JobPage[]> {
      const pages = [await page(asked)];
      for (let next = pages[0]?.next; next !== undefined; next = pages.at(-1)?.next)
        pages.push(await page({ ...asked, below: next }));
      return pages;
    },
  };
}

export const idsOf = (pages: readonly JobPage[]): readonly (readonly string[])[] =>
  pages.map(({ jobs }) => jobs.map(({ id }) => id));
