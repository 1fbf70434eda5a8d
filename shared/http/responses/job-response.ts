import * as z from 'zod/mini';
import { defined } from '../../domain/base/defined.ts';
import { readJson } from '../../domain/base/read-json.ts';
import { type NotifyTarget, notificationRecord, notifyTarget } from '../../domain/notify/notification.ts';
import type { StoredObject } from '../../domain/objects/stored-object.ts';
import { computingUsd } from '../../domain/observe/prices.ts';
import { type JobItem, type JobProgress, jobError, jobProgress } from '../../domain/state/job/item.ts';
import { jobId } from '../../domain/state/job/message.ts';
import { hasSucceeded, isTerminal, jobStatuses } from '../../domain/state/job/transitions.ts';
import { recordsOf } from '../../domain/state/stored/notifications-of.ts';
import { readSavedSignals } from '../../domain/state/stored/saved-signals.ts';
import { answersAwaited, goesOnAt, type JobWait, waitOf } from '../../domain/state/waits/wait.ts';
import type { JobUrls } from './job-urls.ts';
import { newerRows } from './newer-response.ts';
import { waitReasonOf } from './wait-reason.ts';

export const time = z.iso.datetime({ precision: 3 });

/** How it is with one of those who are told of a job's end. `failed`: it was given up. */
const notification = z.object({
  target: notifyTarget,
  status: notificationRecord.shape.status,
  attempts: z.int(),
  lastError: z.optional(z.string()),
});

/**
 * Start and end of every attempt. `crashed`: it started and its end was never stored; the next one has started.
 * `interrupted`: its server stopped, and it does not count. `put-off`: its handler asked for a wait, and it does not
 * count; several in a row that say the same are one entry.
 */
export const historyEntry = z.object({
  event: z.enum([
    'started',
    'succeeded',
    'failed',
    'retrying',
    'interrupted',
    'put-off',
    'canceled',
    'crashed',
    'resubmitted',
    'handed-over',
    'signaled',
  ]),
  at: time,
  attempt: z.int(),
  error: z.optional(z.string()),
  /** Of a put-off that stands for several: how many, and when the last one was. `at` is the first one. */
  times: z.optional(z.int()),
  lastAt: z.optional(time),
  /** Who has canceled or retried the job, of the last entry of each kind; or has sent an answer. */
  by: z.optional(z.string()),
  /** Of an answer: its signal and key, what the job asked, and what people read of the answer. */
  signal: z.optional(z.string()),
  key: z.optional(z.string()),
  question: z.optional(z.string()),
  answer: z.optional(z.string()),
});

/** A job as the API shows it. Times are UTC; those not yet reached are null. */
export const jobResponse = z.object({
  id: jobId,
  type: z.string(),
  status: z.enum(jobStatuses),
  progress: z.nullable(jobProgress),
  attempt: z.int(),
  maxAttempts: z.int(),
  /** How often the job was handed over from one invocation of a function to the next. */
  slices: z.int(),
  /** Null as well if there is no more than a `resultObject`. Absent for who lacks the right `read`, as `pageUrl` is. */
  result: z.optional(z.unknown()),
  /** Where the result is to be fetched that is large, or was streamed; absent where there is none. */
  resultObject: z.optional(z.object({ url: z.url(), bytes: z.int(), contentType: z.string() })),
  error: z.nullable(jobError),
  /** As submitted; absent where there is none. */
  group: z.optional(z.string()),
  dependsOn: z.optional(z.array(jobId)),
  /** The job that has spawned it, and which one of its batch it is; absent unless it is a child. */
  parent: z.optional(z.object({ id: jobId, index: z.int() })),
  /** Where programs find how far its children are; absent where it has none. */
  childrenUrl: z.optional(z.url()),
  /** When it may run at the earliest, if the submission said so. */
  runAt: z.optional(time),
  /** While it waits for another attempt, or sleeps: when it goes on, at the earliest. */
  notBefore: z.optional(time),
  /** What it waits for, in words; absent where a worker may take it. */
  waitReason: z.optional(z.string()),
  /** What it waits for, until when, and under which key somebody is to send it; absent where it waits for no answer. */
  waitsFor: z.optional(
    z.array(z.object({ signal: z.string(), key: z.string(), until: time, question: z.optional(z.string()) })),
  ),
  /** By when it must have started, if the submission said so. */
  startBefore: z.optional(time),
  tags: z.optional(z.array(z.string())),
  /** Who is told of its end, and how it is with that; absent where nobody is. */
  notification: z.optional(z.array(notification)),
  history: z.array(historyEntry),
  /** What it has cost so far, about. Absent until a slice has ended. */
  cost: z.optional(z.object({ usd: z.number(), counts: z.array(z.string()) })),
  createdAt: time,
  startedAt: z.nullable(time),
  updatedAt: time,
  finishedAt: z.nullable(time),
  statusUrl: z.url(),
  /**
   * For people: everybody who has this address may look at the job, and do nothing else. It is valid as long as the job
   * is kept.
   */
  pageUrl: z.optional(z.url()),
});
export type JobResponse = z.infer<typeof jobResponse>;

/** A job in a list: without what may be large, and without the link that lets everybody look at it. */
export const listedJob = z.omit(jobResponse, {
  result: true,
  resultObject: true,
  notification: true,
  history: true,
  pageUrl: true,
});
export type ListedJob = z.infer<typeof listedJob>;

/** A job as a batch answers it. */
export const acceptedJob = z.omit(jobResponse, { result: true, resultObject: true, history: true });
export type AcceptedJob = z.infer<typeof acceptedJob>;

export const jobList = z.object({
  items: z.array(listedJob),
  newer: newerRows,
  /** Present until the last page. A page may come short, even empty, and have one. */
  nextCursor: z.optional(z.string()),
  /** Beside it: jobs that were created since then have been looked at. */
  searchedTo: z.optional(time),
});
export type JobList = z.infer<typeof jobList>;

const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();
const isoOf = (milliseconds: number | undefined): string | undefined =>
  milliseconds === undefined ? undefined : iso(milliseconds);

/** What a submission has said, and how far the job is: all that who lacks the right `read` is told of it. */
export const withoutContent = (item: JobItem): JobItem => ({
  ...item,
  result: undefined,
  resultObject: undefined,
  progress: undefined,
  error: undefined,
  history: [],
  signals: undefined,
  parent: undefined,
  batches: undefined,
  notify: undefined,
});

/** A job that has succeeded need not have reported its last percent. That of its children is its own, unless it has reported more. */
function progressOf(
  { progress, status }: JobItem,
  ofChildren: JobProgress | undefined,
): JobResponse['progress'] {
  if (ofChildren && ofChildren.percent > (progress?.percent ?? -1))
    return { ...ofChildren, message: progress?.message ?? ofChildren.message };
  return progress ? { ...progress, ...(hasSucceeded(status) ? { percent: 100 } : {}) } : null;
}

/**
 * What the API shows of a job.
 * @param ofChildren of a job that waits for its children: see `childrenProgress`
 */
export const toJobResponse = (item: JobItem, urls: JobUrls, ofChildren?: JobProgress): JobResponse =>
  responseOf(item, { wait: waitOf(item), ofChildren }, urls);

interface AskedBeside {
  readonly wait: JobWait | undefined;
  readonly ofChildren: JobProgress | undefined;
}

const responseOf = (item: JobItem, { wait, ofChildren }: AskedBeside, urls: JobUrls): JobResponse => ({
  id: item.id,
  type: item.type,
  status: item.status,
  progress: progressOf(item, ofChildren),
  attempt: item.attempt,
  maxAttempts: item.maxAttempts,
  slices: item.slices ?? 0,
  result: item.result === undefined ? null : readJson(item.result),
  error: item.error ?? null,
  ...defined({
    resultObject: item.resultObject && fetchedFrom(item.resultObject, urls),
    group: item.group,
    dependsOn: item.dependsOn,
    parent: item.parent && { id: item.parent.id, index: item.parent.index },
    childrenUrl: item.batches && `${urls.statusUrl}/children`,
    runAt: isoOf(item.runAt),
    notBefore: isoOf(timeOf(item, wait)),
    waitReason: wait && waitReasonOf(wait, item),
    waitsFor: waitsForOf(wait),
    startBefore: isoOf(item.startBefore),
    tags: item.tags,
    notification: item.notify?.length ? notificationOf(item, item.notify) : undefined,
    cost: costOf(item),
  }),
  history: withSignals(numberedHistory(item), item),
  createdAt: iso(item.createdAt),
  startedAt: isoOf(item.startedAt) ?? null,
  updatedAt: iso(item.updatedAt),
  finishedAt: isoOf(item.finishedAt) ?? null,
  ...urls,
});

/** The time of its submission is `runAt`. */
const timeOf = ({ runAt }: JobItem, wait: JobWait | undefined): number | undefined => {
  const at = wait && goesOnAt(wait);
  return at === runAt ? undefined : at;
};

function waitsForOf(wait: JobWait | undefined): JobResponse['waitsFor'] {
  const answers = answersAwaited(wait);
  if (answers.length === 0) return undefined;
  return answers.map(({ name: signal, until, ...asked }) => ({ signal, ...asked, until: iso(until) }));
}

const costOf = ({ usedMbMs, usedServerMbMs }: JobItem): JobResponse['cost'] =>
  usedMbMs === undefined && usedServerMbMs === undefined
    ? undefined
    : { usd: computingUsd(usedMbMs ?? 0, usedServerMbMs), counts: ['computing'] };

const notificationOf = (item: JobItem, targets: readonly NotifyTarget[]): JobResponse['notification'] => {
  const records = recordsOf(item);
  return targets.map((target, position) => ({
    target,
    ...(records[position] ?? { status: 'pending', attempts: 0 }),
  }));
};

/** An address of ours, which stays the same: a signed one would differ each time, and with it the job's `ETag`. */
const fetchedFrom = (
  { bytes, contentType }: StoredObject,
  { statusUrl }: Pick<JobUrls, 'statusUrl'>,
): NonNullable<JobResponse['resultObject']> => ({ url: `${statusUrl}/result`, bytes, contentType });

export function toAcceptedJob(item: JobItem, urls: JobUrls): AcceptedJob {
  // A result may be large, and is not even read.
  const {
    result: _,
    resultObject: __,
    history: ___,
    ...accepted
  } = toJobResponse({ ...item, result: undefined }, urls);
  return accepted;
}

export function toListedJob(item: JobItem, statusUrl: string): ListedJob {
  const { pageUrl: _, notification: __, ...listed } = toAcceptedJob(item, { statusUrl });
  return listed;
}

/** Numbers the attempts, and adds the end of those that crashed, and who has canceled and retried the job last. */
function numberedHistory({ history: entries, canceledBy, retriedBy }: JobItem): JobResponse['history'] {
  const shown: JobResponse['history'] = [];
  let attempt = 0;
  let open = false;
  for (const entry of entries) {
    const starts = entry.event === 'started';
    if (starts && open) shown.push({ event: 'crashed', at: iso(entry.at), attempt });
    // The attempt that ends so has its number, and so has the next one.
    const keepsNumber = ['interrupted', 'put-off', 'crashed'].includes(entry.event);
    const next = entry.attempt ?? (starts ? attempt + 1 : attempt);
    open = starts;
    shown.push({
      ...entry,
      at: iso(entry.at),
      lastAt: isoOf(entry.lastAt),
      attempt: keepsNumber ? attempt : next,
    });
    attempt = next;
  }
  for (const [event, by] of [
    ['canceled', canceledBy],
    ['resubmitted', retriedBy],
  ] as const) {
    const last = shown.findLast((entry) => entry.event === event);
    if (last && by !== undefined) last.by = by;
  }
  return shown;
}

/** The answers that were sent to it. Their senders do not hold the job, so the answers are not among the entries. */
function withSignals(
  shown: JobResponse['history'],
  { signals }: Pick<JobItem, 'signals'>,
): JobResponse['history'] {
  const merged = [...shown];
  for (const { at: ms, by, name: signal, key, question, words: answer } of readSavedSignals(signals)
    .answers) {
    const at = iso(ms);
    const before = merged.findLastIndex((entry) => entry.at <= at);
    const sent = defined({ by, signal, key, question, answer });
    merged.splice(before + 1, 0, { event: 'signaled', at, attempt: merged[before]?.attempt ?? 0, ...sent });
  }
  return merged;
}

/**
 * Seconds after which it is worth asking again: few at first, up to 30 for a job that takes long, and fewer when it is
 * nearly done by its progress. A job that waits for its time need not be asked before that, but after 5 minutes at the
 * latest.
 * @returns undefined for a job that has ended
 */
export function retryAfterSeconds(item: JobItem, now: number): number | undefined {
  if (isTerminal(item.status)) return undefined;
  const ageSeconds = (now - item.createdAt) / 1000;
  const often = Math.min(30, Math.max(1, Math.min(Math.round(ageSeconds / 10), secondsLeft(item))));
  const wait = waitOf(item);
  const dueInSeconds = (Math.max(item.runAt ?? 0, (wait && goesOnAt(wait)) ?? 0) - now) / 1000;
  return Math.max(often, Math.min(300, Math.ceil(dueInSeconds)));
}

/** By its progress so far. An attempt's start is not known here, only the first one's: so it is rather too long. */
function secondsLeft({ startedAt, updatedAt, progress }: JobItem): number {
  if (startedAt === undefined || !progress?.percent) return Infinity;
  const ranSeconds = (updatedAt - startedAt) / 1000;
  return Math.ceil((ranSeconds * (100 - progress.percent)) / progress.percent);
}
