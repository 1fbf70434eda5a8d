import { type Contracts, runQueueOf } from '../../author/contract.ts';
import { sendToResolve } from '../../delivery/send-to-resolve.ts';
import { type WantLookDependencies, wantLook } from '../../delivery/want-look.ts';
import type { Clock } from '../../domain/base/ports.ts';
import { maxQueueDelaySeconds } from '../../domain/base/schedule-time.ts';
import { awaitedBatches, type JobItem } from '../../domain/state/job/item.ts';
import type { OpenJobs, QueueName } from '../../domain/state/ports.ts';
import { isStuck, seenLongAgo } from '../../domain/state/waits/stuck.ts';

/** A queue was emptied, or was found empty: what it had before is nowhere. */
export interface Purge {
  readonly queues: readonly QueueName[];
  /** Epoch milliseconds. */
  readonly purgedAt: number;
}

export interface StuckJob {
  readonly item: JobItem;
  /** Its children were in the queue: it looks for them. Its own message is in its item. */
  readonly looksForChildren?: true;
  /** Its message can be sent again. */
  readonly isKept: boolean;
}

export interface StuckPage {
  readonly jobs: readonly StuckJob[];
  readonly units: number;
  /** Where the next call goes on, unless this was the last page. */
  readonly next?: string | undefined;
}

interface FindDependencies {
  readonly open: OpenJobs;
  readonly contracts: Contracts;
  readonly clock: Clock;
}

export interface Wanted {
  readonly purge?: Purge | undefined;
  readonly after?: string | undefined;
}

/** An HTTP API gives up after 30 s. */
const timeMs = 15_000;
const maxJobs = 100;
/** The writer of an item may be about to send the message: a submission, or a copy. */
const sendingMs = 30_000;

/**
 * Finds stuck jobs of all tenants: those that the next look of `overdue` would find, or those that a purge has made.
 * @returns what it found in so much of the table as there was time for
 * @throws StoreUnavailableError
 */
export async function findStuck({ purge, after }: Wanted, deps: FindDependencies): Promise<StuckPage> {
  const { open, contracts, clock } = deps;
  const begunAt = clock.now();
  const look = { now: begunAt, lostUnlessSeenSince: lostUnlessSeenSince(purge, begunAt) };
  const wasEmptied = (item: JobItem): boolean =>
    !purge || queuesOf(item, contracts).every((queue) => purge.queues.includes(queue));
  // A parent that has begun to wait since then may have lost its children before.
  const unchangedSince = purge ? begunAt : look.lostUnlessSeenSince;
  const jobs: StuckJob[] = [];
  let units = 0;
  let next = after;
  do {
    const page = await open.page({ unchangedSince, after: next });
    units += page.units;
    next = page.next;
    for (const item of page.items) {
      if (isStuck(item, look) && wasEmptied(item))
        jobs.push({ item, isKept: (item.message ?? item.keptMessage ?? item.messageObject) !== undefined });
      else if (purge && awaitedBatches(item).length > 0)
        jobs.push({ item, isKept: true, looksForChildren: true });
    }
  } while (next !== undefined && jobs.length < maxJobs && clock.now() - begunAt < timeMs);
  return { jobs, units, ...(next === undefined ? {} : { next }) };
}

/**
 * The same, and has admission end them, or send them again.
 * @throws StoreUnavailableError, QueueUnavailableError: then some may be seen to
 */
export async function resolveAllStuck(
  wanted: Wanted & { readonly purge: Purge },
  deps: FindDependencies & WantLookDependencies,
): Promise<StuckPage> {
  const found = await findStuck(wanted, deps);
  const since = lostUnlessSeenSince(wanted.purge, deps.clock.now());
  const jobs: StuckJob[] = [];
  for (const job of found.jobs)
    if (!job.looksForChildren || (await lookForChildren(job.item, wanted.purge, deps))) jobs.push(job);
  const items = jobs.flatMap(({ item, looksForChildren }) => (looksForChildren ? [] : [item]));
  await sendToResolve(items, since, deps.pointers);
  return { ...found, jobs };
}

/**
 * @returns whether it waits for children that may have been in a queue that was emptied, before somebody has looked for
 * them
 */
async function lookForChildren(
  parent: JobItem,
  { queues, purgedAt }: Purge,
  deps: FindDependencies & WantLookDependencies,
): Promise<boolean> {
  let looks = false;
  for (const batch of awaitedBatches(parent)) {
    const root = await deps.batches.read(batch);
    const mayHaveBeenIn = [root && runQueueOf(deps.contracts, root.type), 'ordered' as const];
    if (root && root.createdAt <= purgedAt && mayHaveBeenIn.some((queue) => queue && queues.includes(queue)))
      looks = (await wantLook({ parent, batch, unlessSince: purgedAt }, deps)) || looks;
  }
  return looks;
}

const lostUnlessSeenSince = (purge: Purge | undefined, now: number): number =>
  purge ? Math.max(purge.purgedAt - sendingMs, seenLongAgo(now)) : seenLongAgo(now);

/** The queues that may have had the message of a job, as far as its item tells. */
function queuesOf(item: JobItem, contracts: Contracts): readonly QueueName[] {
  const { type, group, startedAt, dependsOn, runAt = 0, createdAt, inCompany, history } = item;
  const own = group === undefined ? runQueueOf(contracts, type) : ('ordered' as const);
  const mayWait = dependsOn !== undefined || runAt - createdAt > maxQueueDelaySeconds * 1000;
  // After a crash in company it goes on alone: the start says the number of its attempt.
  const isAlone =
    inCompany || history.some(({ event, attempt }) => event === 'started' && attempt !== undefined);
  return [
    own,
    ...(startedAt === undefined && mayWait ? (['waiting'] as const) : []),
    ...(isAlone ? (['long'] as const) : []),
  ];
}
