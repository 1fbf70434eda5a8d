import type { JobItem } from '../job/item.ts';
import type { JobMessage } from '../job/message.ts';

/*
 * When a job that waits is looked at, although nothing has brought it back: a schedule or a wake may be lost. A job
 * that has to start by a time is looked at then, too: it fails. Times are epoch milliseconds.
 */

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** A schedule may be late by minutes, and what it sends waits behind what is in the queues. */
const graceMs = 15 * minuteMs;
/**
 * Each look at a job that waits for children asks whether their messages are lost: that is found within the hour.
 */
export const lookAtParentsMs = 20 * minuteMs;
/** Whatever ends the last dependency wakes the job. */
export const firstLookMs = 2 * hourMs;
const minPauseMs = 2 * minuteMs;
const maxPauseMs = 12 * hourMs;
/**
 * Nobody is to stand in line for more than ten minutes beside a free place because a wake was lost. The next call of
 * `overdue` after this time looks, five minutes later at most.
 */
const afterWakeMs = 4 * minuteMs;

type Waiting = Pick<JobMessage, 'run'> & { readonly options: Pick<JobMessage['options'], 'startBefore'> };
type Waited = Pick<
  JobItem,
  'updatedAt' | 'startBefore' | 'notBefore' | 'runAt' | 'dependsOn' | 'admittedBy' | 'awaits' | 'awaitsPlace'
>;

/** The first look at a job that a schedule brings back. */
export const lookAfterDue = (dueAt: number): number => dueAt + graceMs;

/** The first look at a job that waits for others. @param isWoken whether each of these will wake it */
export function firstLook({ options, run }: Waiting, isWoken: boolean, now: number): number {
  const at = now + (isWoken ? firstLookMs : minPauseMs);
  // A retried job may start late. Of any other, the time to start may have ended just now.
  return run > 1 || options.startBefore === undefined ? at : Math.min(at, options.startBefore);
}

/** A look is sent five minutes before its time at most: it finds that the job is due. */
const beforeLookMs = 5 * minuteMs;

/**
 * The look at a debounced job whose time is moved. It stays where it is if it comes late enough: to move it is two
 * index writes.
 * @returns what of the item changes
 */
export const lookAfterMove = (
  { lookAt = 0 }: Pick<JobItem, 'lookAt'>,
  dueAt: number,
): Pick<JobItem, 'lookAt'> => (lookAt < dueAt + beforeLookMs ? { lookAt: lookAfterDue(dueAt) } : {});

/**
 * The first look at a job that is paused: a quarter of an hour to half an hour later, so that those that were paused
 * together are not looked at together. @param random uniform in [0, 1)
 */
export function firstLookAtPaused(
  { options: { startBefore = 0 } }: Waiting,
  { now, random }: { readonly now: number; readonly random: number },
): number {
  const at = now + Math.round(graceMs * (1 + random));
  return startBefore > now ? Math.min(at, startBefore) : at;
}

/**
 * The look after one at `now`: each pause is as long as the job has waited by then, or since it was woken, up to twelve
 * hours.
 */
export function nextLook(item: Waited, now: number): number {
  const { awaitsPlace, updatedAt } = item;
  const wokenAt = awaitsPlace?.at === updatedAt ? awaitsPlace?.wokenAt : undefined;
  const since = wokenAt ?? dueSince(item) ?? 0;
  // A job that waits for a time and for children is looked at before that time.
  const waitedMs = now - Math.max(item.updatedAt, since > now ? 0 : since);
  const { awaits, notBefore } = item;
  const isParent = awaits !== undefined && awaits.until === notBefore;
  const maxMs = isParent ? lookAtParentsMs : maxPauseMs;
  return orAtEndOfStart(item, now + Math.min(Math.max(waitedMs, minPauseMs), maxMs), now);
}

/** The look at a job that is woken now: its wake may be lost, however long the job has waited. */
export const lookAfterWake = (item: Pick<JobItem, 'startBefore'>, now: number): number =>
  orAtEndOfStart(item, now + afterWakeMs, now);

/** A job that has to start by a time is looked at then. */
const orAtEndOfStart = (
  { startBefore = 0 }: Pick<JobItem, 'startBefore'>,
  at: number,
  now: number,
): number => (startBefore > now ? Math.min(at, startBefore) : at);

/** When a job is due that waits for a time; undefined if it may wait for others. */
export function dueSince({
  notBefore,
  runAt,
  dependsOn,
  admittedBy,
  awaits,
}: Omit<Waited, 'updatedAt' | 'awaitsPlace'>): number | undefined {
  if (awaits && awaits.until === notBefore && !awaits.isTimed) return undefined;
  if (notBefore !== undefined || runAt === undefined) return notBefore;
  return dependsOn === undefined || admittedBy !== undefined ? runAt : undefined;
}
