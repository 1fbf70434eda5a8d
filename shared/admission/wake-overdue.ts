import { NewerVersionError } from '../domain/base/errors.ts';
import type { Clock, Log } from '../domain/base/ports.ts';
import type { PointerQueue } from '../domain/schedules/schedule-ports.ts';
import type { DueList } from '../domain/state/job/due-list.ts';
import { dueShards, isWokenPart, wokenPart } from '../domain/state/job/list-keys.ts';
import { pointerTo } from '../domain/state/job/pointer.ts';
import type { WorkPlaces } from '../domain/state/limits/place.ts';
import type { JobStore } from '../domain/state/ports.ts';
import { dueSince, nextLook } from '../domain/state/waits/looks.ts';
import { lookAgainWrite, wakeAgainWrite } from '../domain/state/writes/admission-writes.ts';

export interface WakeOverdueDependencies {
  readonly store: JobStore;
  readonly due: DueList;
  readonly workPlaces: Pick<WorkPlaces, 'late'>;
  /** To the queue that admission receives from. */
  readonly pointers: PointerQueue;
  readonly clock: Clock;
  readonly log: Pick<Log, 'info' | 'warn'>;
}

/** How late a job is that has not started, milliseconds; 0 if it may still wait for others. */
type Lateness = number;

/**
 * The function is called every five minutes. What is to be looked at before the next call is sent now, with a delay.
 */
const aheadMs = 5 * 60_000;
const atATime = 20;
const shards = [...Array(dueShards).keys()];
/**
 * A wake is lost when a process dies in the milliseconds between two calls: so few are. If more jobs of a part were
 * woken minutes ago, admission or a run queue is late, and further pointers would make it later.
 */
const maxWoken = 20;

/**
 * Looks at the jobs that wait outside of all queues, and that nothing has brought back: a schedule or a wake may be
 * lost. Admission decides what becomes of each. A job that still waits then is looked at again, after a longer pause.
 * @param deadline epoch milliseconds: what is left then is for the next call
 * @throws StoreUnavailableError, QueueUnavailableError; then it has looked at some
 */
export async function wakeOverdue(deadline: number, deps: WakeOverdueDependencies): Promise<void> {
  const late: Lateness[] = [];
  const now = deps.clock.now();
  const waiting = { late, deadline, until: now + aheadMs, most: Infinity };
  const parts = shards.map((part) => wakePart(String(part), waiting, deps));
  parts.push(wakeAgain({ late, deadline }, deps));
  const woken = await Promise.allSettled(parts);
  const overdue = late.filter((ms) => ms > 0).length;
  const figures = { jobs: late.length, overdue, maxLateMs: Math.max(0, ...late) };
  if (overdue > 0) deps.log.warn('jobs were due, and have not started', figures);
  else deps.log.info('looked at jobs that wait', figures);
  for (const one of woken) if (one.status === 'rejected') throw one.reason;
}

interface Looking {
  /** One for each job that was looked at. */
  readonly late: Lateness[];
  readonly deadline: number;
  /** What is to be looked at by then is looked at now. */
  readonly until: number;
  /** At so many jobs of the part a call looks at most. */
  readonly most: number;
}

/**
 * Looks at the jobs that were woken for a place, and that no worker has received. Their pointers are not sent before
 * their time: meanwhile most come. If others have come late, these may, too.
 */
async function wakeAgain(
  looking: Pick<Looking, 'late' | 'deadline'>,
  deps: WakeOverdueDependencies,
): Promise<void> {
  const now = deps.clock.now();
  const until = now - (await deps.workPlaces.late(now));
  const of = { ...looking, until, most: maxWoken };
  await Promise.all(shards.map((part) => wakePart(wokenPart(part), of, deps)));
}

async function wakePart(
  key: string,
  { late, deadline, until, most }: Looking,
  deps: WakeOverdueDependencies,
): Promise<void> {
  const { due, clock } = deps;
  const seen = new Set<string>();
  /** So many stay where they are in the index, such as those of a newer version. */
  let staying = 0;
  let left = most;
  while (clock.now() < deadline && left > 0) {
    const found = await due.find({ key, until, limit: staying + Math.min(atATime, left) });
    // The index is eventually consistent: it may still have those that were looked at.
    const ids = found.filter((id) => !seen.has(id));
    if (ids.length === 0) return;
    for (const id of ids) seen.add(id);
    const looked = (await Promise.all(ids.map((id) => wake(id, { key, until }, deps)))).flat();
    staying += ids.length - looked.length;
    left -= looked.length;
    late.push(...looked);
  }
}

/** Sends the pointer first: after a crash before the write the next call sends one more. */
async function wake(
  id: string,
  { key, until }: { readonly key: string } & Pick<Looking, 'until'>,
  { store, pointers, clock, log }: WakeOverdueDependencies,
): Promise<readonly Lateness[]> {
  const item = await store.read(id).catch((error: unknown) => {
    if (!(error instanceof NewerVersionError)) throw error;
    log.warn('a job of a newer version is left alone', { jobId: id });
    return undefined;
  });
  // By now it may stand in a line, where its time is its position.
  if (item?.dueKey !== key || item.lookAt === undefined || item.lookAt > until) return [];
  const now = clock.now();
  const at = Math.max(item.lookAt, now);
  await pointers.send({ ...pointerTo(item), again: true }, (at - now) / 1000, item.tenant);
  const again = isWokenPart(item.dueKey) ? wakeAgainWrite : lookAgainWrite;
  await store.write(again(item, nextLook(item, at), now));
  const since = dueSince(item);
  return [since === undefined ? 0 : Math.max(0, now - since)];
}
