import { NewerVersionError } from '../domain/base/errors.ts';
import type { Clock, Log } from '../domain/base/ports.ts';
import type { PointerQueue } from '../domain/schedules/schedule-ports.ts';
import type { DueList } from '../domain/state/job/due-list.ts';
import { type JobItem, pauseHolding } from '../domain/state/job/item.ts';
import { dueShards, pausedPart } from '../domain/state/job/list-keys.ts';
import { pointerTo } from '../domain/state/job/pointer.ts';
import { endedAt, isActive, type PausesByName } from '../domain/state/limits/pause.ts';
import type { Pauses } from '../domain/state/limits/pauses.ts';
import { maxPausesAgeMs } from '../domain/state/limits/recent-pauses.ts';
import type { JobStore } from '../domain/state/ports.ts';
import { nextLook } from '../domain/state/waits/looks.ts';
import { endPauseWrite, lookAgainWrite } from '../domain/state/writes/admission-writes.ts';

export interface WakePausedDependencies {
  readonly store: JobStore;
  readonly due: DueList;
  readonly pauses: Pick<Pauses, 'read' | 'remove'>;
  /** To the queue that admission receives from. */
  readonly pointers: PointerQueue;
  readonly clock: Clock;
  readonly log: Pick<Log, 'info' | 'warn'>;
}

/** The function is called every five minutes. What is to be looked at before the next call is looked at now. */
const aheadMs = 5 * 60_000;
const atATime = 20;
/** So many jobs are sent on in a second when a pause has ended: 15,000 in each call. */
export const resumedPerSecond = 50;
/** Until then, the item says that the job is due. */
const minDelayMs = 1_000;
/**
 * A worker may hold a job for a pause that has ended a moment ago. It has its own time at most, and the index its
 * delay.
 */
const forgetAfterMs = 15 * 60_000;

interface Looking {
  readonly pauses: PausesByName;
  readonly deadline: number;
  /** When all workers know that the pauses have ended: before that, one of them would hold the job again. */
  readonly knownAt: number;
  /** How many were sent on: each is sent a little later than the one before. */
  sent: number;
}

/**
 * Looks at the jobs that pauses hold. If a pause has ended, at all of them, and sends those on that nothing holds any
 * more, at a bounded rate. Else at those alone that are to be looked at: a job is sent on once its pause has ended,
 * also if another process was to do that. A pause that has ended is forgotten when a look at all jobs has found none, a
 * quarter of an hour later.
 * @param deadline epoch milliseconds: what is left then is for the next call
 * @throws StoreUnavailableError, QueueUnavailableError; then it has looked at some
 */
export async function wakePaused(deadline: number, deps: WakePausedDependencies): Promise<void> {
  const pauses = await deps.pauses.read();
  const now = deps.clock.now();
  const ended = [...pauses].filter(([, one]) => !isActive(one, now));
  const knownAt = Math.max(...ended.map(([, one]) => endedAt(one, now) ?? 0)) + maxPausesAgeMs;
  const looking: Looking = { pauses, deadline, knownAt, sent: 0 };
  for (const shard of Array(dueShards).keys()) {
    const key = pausedPart(shard);
    const isWhole = await (ended.length > 0 ? lookAtAll(key, looking, deps) : lookAtDue(key, looking, deps));
    if (!isWhole) {
      deps.log.info('more paused jobs are sent on by the next call', { sent: looking.sent });
      return;
    }
  }
  if (looking.sent > 0) return deps.log.info('paused jobs are sent on', { sent: looking.sent });
  for (const [name, one] of ended)
    if (now - (endedAt(one, now) ?? now) >= forgetAfterMs) await deps.pauses.remove(name, one);
}

const isOver = ({ deadline, sent }: Looking, { clock }: WakePausedDependencies): boolean =>
  clock.now() >= deadline || sent >= (resumedPerSecond * aheadMs) / 1000;

/** @returns whether it has looked at all of the part */
async function lookAtAll(key: string, looking: Looking, deps: WakePausedDependencies): Promise<boolean> {
  let after: string | undefined;
  do {
    if (isOver(looking, deps)) return false;
    const page = await deps.due.page({ key, limit: atATime, ...(after === undefined ? {} : { after }) });
    await Promise.all(page.entries.map(({ id }) => look({ id, key }, looking, deps)));
    after = page.next;
  } while (after !== undefined);
  return true;
}

async function lookAtDue(key: string, looking: Looking, deps: WakePausedDependencies): Promise<boolean> {
  const until = deps.clock.now() + aheadMs;
  const seen = new Set<string>();
  for (;;) {
    if (isOver(looking, deps)) return false;
    const found = await deps.due.find({ key, until, limit: seen.size + atATime });
    // The index is eventually consistent: it may still have those that were looked at.
    const ids = found.filter((id) => !seen.has(id));
    if (ids.length === 0) return true;
    for (const id of ids) seen.add(id);
    await Promise.all(ids.map((id) => look({ id, key }, looking, deps)));
  }
}

/** Sends the pointer first: after a crash before the write, the next call sends one more. */
async function look(
  { id, key }: { readonly id: string; readonly key: string },
  looking: Looking,
  deps: WakePausedDependencies,
): Promise<void> {
  const { store, pointers, clock, log } = deps;
  const item = await store.read(id).catch((error: unknown) => {
    if (!(error instanceof NewerVersionError)) throw error;
    log.warn('a job of a newer version is left alone', { jobId: id });
    return undefined;
  });
  // The index may be late: by now it may stand in a line, or wait for others.
  if (item?.dueKey !== key || item.lookAt === undefined) return;
  const now = clock.now();
  if (isHeld(item, looking.pauses, now)) {
    if (item.lookAt > now + aheadMs) return;
    if (!isLate(item, now)) {
      await store.write(lookAgainWrite(item, nextLook(item, Math.max(item.lookAt, now)), now));
      return;
    }
  }
  const at =
    Math.max(now, looking.knownAt) + minDelayMs + Math.round((looking.sent * 1000) / resumedPerSecond);
  looking.sent += 1;
  await pointers.send({ ...pointerTo(item), again: true }, (at - now) / 1000, item.tenant);
  await store.write(
    endPauseWrite(item, { lookAt: nextLook(item, Math.max(item.lookAt, at)), dueAt: at }, now),
  );
}

/** A job whose pause has ended may be held by another one: its worker finds that. */
function isHeld(item: JobItem, pauses: PausesByName, now: number): boolean {
  const by = pauses.get(pauseHolding(item)?.by ?? '');
  return by !== undefined && isActive(by, now) && !item.cancelRequested;
}

/** A job that has not started by its time fails then, although it is paused. */
const isLate = ({ startBefore = Infinity, mayStartLate }: JobItem, now: number): boolean =>
  startBefore <= now && !mayStartLate;
