import { sendToResolve } from '../delivery/send-to-resolve.ts';
import type { Clock, Log } from '../domain/base/ports.ts';
import { dayMs } from '../domain/base/schedule-time.ts';
import type { PointerQueue } from '../domain/schedules/schedule-ports.ts';
import type { OpenJobs } from '../domain/state/ports.ts';
import type { PassState } from '../domain/state/waits/pass-state.ts';
import { isStuck, seenLongAgo } from '../domain/state/waits/stuck.ts';

export interface StuckDependencies {
  readonly open: OpenJobs;
  readonly pass: PassState;
  /** To the queue that admission receives from. */
  readonly pointers: PointerQueue;
  readonly clock: Clock;
  readonly log: Pick<Log, 'info' | 'warn'>;
}

/** A pass begins a day after the one before began. */
const everyMs = dayMs;

/**
 * Looks for stuck jobs, a page of the table after the other. A pass of a large table takes many calls: where it goes on
 * is stored after each page. It sends a pointer for each job that it finds, and admission decides what becomes of the
 * job.
 * @param deadline epoch milliseconds: what is left then is for the next call
 * @throws StoreUnavailableError, QueueUnavailableError: then the next call begins with the same page
 */
export async function lookForStuck(deadline: number, deps: StuckDependencies): Promise<void> {
  const { pass, clock, log } = deps;
  const { version: read, ...before } = await pass.read();
  const isNew = before.next === undefined;
  if (isNew && clock.now() - before.startedAt < everyMs) return;
  const startedAt = isNew ? clock.now() : before.startedAt;
  let { next } = before;
  let version = read;
  let jobs = 0;
  let units = 0;
  do {
    const page = await lookAtPage(next, deps);
    jobs += page.jobs;
    units += page.units;
    next = page.next;
    if (!(await pass.write({ startedAt, ...(next === undefined ? {} : { next }) }, version))) return;
    version += 1;
  } while (next !== undefined && clock.now() < deadline);
  const figures = { jobs, readUnits: units, isComplete: next === undefined };
  if (jobs > 0) log.warn('jobs are stuck', figures);
  else log.info('looked for stuck jobs', figures);
}

async function lookAtPage(after: string | undefined, { open, pointers, clock, log }: StuckDependencies) {
  const now = clock.now();
  const look = { now, lostUnlessSeenSince: seenLongAgo(now) };
  const { items, newer, units, next } = await open.page({ unchangedSince: look.lostUnlessSeenSince, after });
  for (const { id, version } of newer)
    log.warn('a job of a newer version is left alone', { jobId: id, version });
  const stuck = items.filter((item) => isStuck(item, look));
  const { lostUnlessSeenSince } = look;
  await sendToResolve(stuck, lostUnlessSeenSince, pointers);
  return { jobs: stuck.length, units, next };
}
