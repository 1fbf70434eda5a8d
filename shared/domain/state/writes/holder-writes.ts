import { defined } from '../../base/defined.ts';
import { isWithinDelay } from '../../base/schedule-time.ts';
import type { SavedOutput, StoredObject } from '../../objects/stored-object.ts';
import { historyWithHandOver, historyWithPutOff, shortText } from '../job/history.ts';
import { type HistoryEntry, type JobError, type JobItem, type JobProgress, leaving } from '../job/item.ts';
import { dueKeys, failedKeys, movedKeys } from '../job/list-keys.ts';
import { type JobMessage, writeMessage } from '../job/message.ts';
import { type TransitionName, transitions } from '../job/transitions.ts';
import { type OpenWait, readSavedSignals, type Wait, withOpen } from '../stored/saved-signals.ts';
import { lookAfterDue, lookAtParentsMs } from '../waits/looks.ts';
import { conditionOf, type Facts } from './condition.ts';
import { type EndTime, ended, type JobWrite } from './job-write.ts';

/** The writes of the worker that holds the job. The fencing token of its claim guards each of them. */

/** A job that this worker has claimed. */
export interface Lease {
  /** The item as the claim left it. */
  readonly item: JobItem;
  readonly message: JobMessage;
  /** That of the delivery by which it was claimed. */
  readonly receiptHandle: string;
}

/** How an attempt ended, if the job ended with it. */
export type Outcome =
  | { readonly kind: 'succeeded'; readonly result?: string; readonly resultObject?: StoredObject }
  | { readonly kind: 'failed'; readonly error: JobError }
  | { readonly kind: 'canceled' };

/** What the job reported since the last write, and the time of this one. */
export interface Report {
  readonly now: number;
  readonly progress?: JobProgress | undefined;
  /** The state that the job saved, as JSON text, or where it is. */
  readonly checkpoint?: string | undefined;
  /** The part of a streamed result that belongs to it. */
  readonly output?: SavedOutput | undefined;
  /** What its steps have come to, as JSON text. */
  readonly steps?: string | undefined;
  /** The batches that it has spawned. */
  readonly batches?: ReadonlySet<string> | undefined;
  /** The last lines of the attempt. At its end: what is left of them. */
  readonly logTail?: string | undefined;
  /** What the job has used in all, with this slice: milliseconds x MB. Nobody but the holder of the lease writes it. */
  readonly usedMbMs?: number | undefined;
  readonly usedServerMbMs?: number | undefined;
}

/** Extends the lease. The item that comes back tells whether a cancel was requested. */
export const renewWrite = (
  lease: Lease,
  { leaseUntil, ...report }: Report & { readonly leaseUntil: number },
): JobWrite => ({
  ...fenced('renew', lease, { now: report.now, leaseUntil }),
  set: { leaseUntil, ...reported(report) },
});

const outcomeTransitions = { succeeded: 'succeed', failed: 'fail', canceled: 'stop' } as const;

/** Ends the job. One that did not succeed keeps its message, because the queue is about to delete it. */
export function outcomeWrite(lease: Lease, outcome: Outcome, report: Report & EndTime): JobWrite {
  const { kind: status } = outcome;
  const write = fenced(outcomeTransitions[status], lease, { now: report.now });
  if (outcome.kind === 'succeeded') {
    const { checkpoint: _, output: __, steps: ___, ...last } = report;
    const { kind: ____, ...result } = outcome;
    const end = ended(lease.item, report, { ...reported(last), status, ...result });
    const used = [
      ...(['message', 'messageObject', 'keptMessage'] as const),
      ...(['error', 'checkpoint', 'output', 'steps'] as const),
    ];
    const { messageObject } = lease.item;
    return {
      ...write,
      ...end,
      remove: [...(end.remove ?? []), ...used, ...outdatedTail(report)],
      append: [endOfAttempt(status, lease, report.now)],
      obsolete: messageObject === undefined ? [] : [messageObject],
    };
  }
  const error = outcome.kind === 'failed' ? outcome.error : undefined;
  const message = writeMessage(lease.message);
  const { checkpoint, output, ...last } = report;
  // The parts of a streamed result are given up with the job, so its state is of no use: a retry starts anew. Those of
  // steps are kept with the steps.
  const hasSteps = (report.steps ?? lease.item.steps) !== undefined;
  const isStreamed = !hasSteps && (output !== undefined || lease.item.output !== undefined);
  const end = ended(lease.item, report, {
    ...reported(isStreamed ? last : report),
    status,
    message,
    ...(error ? { error, ...failedKeys(lease.message) } : {}),
  });
  return {
    ...write,
    ...end,
    remove: [
      ...(end.remove ?? []),
      ...(isStreamed ? (['checkpoint', 'output'] as const) : []),
      ...outdatedTail(report),
    ],
    append: [endOfAttempt(status, lease, report.now, error)],
  };
}

interface Release extends Report {
  /** When the next attempt starts at the earliest, epoch milliseconds. */
  readonly notBefore: number;
  readonly error: JobError;
  /** Set if the attempt does not count. */
  readonly waitedMs?: number | undefined;
  /** If it waits for its turn in the line of a limit. */
  readonly turn?: Pick<NonNullable<JobItem['turn']>, 'of' | 'at'> | undefined;
}

/**
 * Whether the job waits outside of its queue: for longer than SQS delays a message. That of a group would lose its
 * place.
 */
const mustLeaveQueue = ({ message: { options } }: Lease, until: number, now: number): boolean =>
  options.group === undefined && !isWithinDelay(until, now);

/** A schedule brings it back. */
const outsideUntil = ({ item }: Lease, until: number) => ({
  postponedUntil: until,
  ...leaving(item),
  ...dueKeys(item.id, lookAfterDue(until)),
});

/** Gives the job back for another attempt. If its message leaves the queue, the item keeps it. */
export function releaseWrite(
  lease: Lease,
  { notBefore, error, waitedMs, turn, ...report }: Release,
): JobWrite {
  const { item, message } = lease;
  const { now } = report;
  const leaves = mustLeaveQueue(lease, notBefore, now);
  const transition = leaves ? 'leaveQueue' : 'release';
  const attempt = item.attempt - 1;
  const putOff = { event: 'put-off', at: now, attempt, error: shortText(error.message) } as const;
  return {
    ...fenced(transition, lease, { now }),
    set: {
      ...reported(report),
      ...receiptHandleOf(lease),
      status: transitions[transition].to,
      notBefore,
      error,
      ...(turn ? { turn: { ...turn, until: notBefore } } : {}),
      ...(leaves ? { message: writeMessage(message), ...outsideUntil(lease, notBefore) } : {}),
      ...(leaves ? movedKeys(item, true) : {}),
      ...(waitedMs === undefined ? {} : { attempt, waitedMs, history: historyWithPutOff(item, putOff) }),
    },
    remove: ['claimId', 'leaseUntil', 'inCompany', ...outdatedTail(report)],
    ...(waitedMs === undefined ? { append: [endOfAttempt('retrying', lease, now, error)] } : {}),
  };
}

/** The waits for answers with which a slice ends. */
export interface SignalWaits {
  /** As they were read last: the job knows all answers that have come by then. */
  readonly signals: string | undefined;
  readonly waits: readonly OpenWait[];
  /** Those that the slice has asked for before. */
  readonly taken: readonly Wait[];
}

/** The ends that a job waits for. */
export interface ChildWaits {
  readonly batches: readonly string[];
  /** It goes on at a time, whatever has ended. */
  readonly isTimed: boolean;
}

interface HandOver extends Report {
  /** For a sleep: when the job goes on, epoch milliseconds. */
  readonly wakeAt?: number | undefined;
  /** If an answer may start it before. */
  readonly forSignals?: SignalWaits | undefined;
  /** If the ends of children may. */
  readonly forChildren?: ChildWaits | undefined;
}

/** Gives the job to the next receiver of its message: from the saved state, with all its attempts. */
export function handOverWrite(
  lease: Lease,
  { wakeAt, forSignals, forChildren, ...report }: HandOver,
): JobWrite {
  const { item, message } = lease;
  const { now } = report;
  const transition = wakeAt === undefined ? 'handOver' : forSignals ? 'awaitSignal' : 'sleep';
  // The sender of an answer must find the message in the item, however short the wait is.
  const leaves =
    wakeAt !== undefined &&
    (forSignals || forChildren ? message.options.group === undefined : mustLeaveQueue(lease, wakeAt, now));
  return {
    ...fenced(transition, lease, { now, signals: forSignals?.signals }),
    set: {
      ...reported(report),
      status: transitions[transition].to,
      attempt: 0,
      history: historyWithHandOver(item, { event: 'handed-over', at: now, attempt: 0 }),
      notBefore: wakeAt ?? afterDelayedClaim(item),
      // If the job is canceled while it sleeps, a retry must not have to wait for the message.
      ...(wakeAt === undefined ? {} : { ...receiptHandleOf(lease), message: writeMessage(message) }),
      ...(wakeAt === undefined ? {} : movedKeys(item, true)),
      ...(leaves ? outsideUntil(lease, wakeAt) : {}),
      ...(wakeAt !== undefined && forChildren ? awaiting(lease, { ...forChildren, wakeAt, now }) : {}),
      ...(wakeAt !== undefined && forSignals
        ? { signals: withOpen(readSavedSignals(forSignals.signals), { ...forSignals, until: wakeAt }) }
        : {}),
    },
    increment: { slices: 0 },
    remove: ['claimId', 'leaseUntil', 'inCompany', 'error', 'interruptions', ...outdatedTail(report)],
  };
}

/**
 * The message of a group stays in its queue. A look at it would find nothing to send, and take its job for well if it
 * is lost.
 */
const awaiting = (
  { item, message }: Lease,
  { batches, isTimed, wakeAt, now }: ChildWaits & { readonly wakeAt: number; readonly now: number },
) => ({
  awaits: { until: wakeAt, batches: [...batches], ...(isTimed ? { isTimed } : {}) },
  // Whatever ends the last child may be lost, and so may that child: nobody waits for the time alone.
  ...(message.options.group === undefined
    ? dueKeys(item.id, Math.min(now + lookAtParentsMs, lookAfterDue(wakeAt)))
    : {}),
});

/**
 * Gives the job to the next receiver of its message, because this worker stops. The attempt does not count, and the
 * interruption does.
 */
export const interruptWrite = (lease: Lease, report: Report): JobWrite => {
  const { item } = lease;
  const attempt = item.attempt - 1;
  return {
    ...fenced('interrupt', lease, { now: report.now }),
    set: {
      ...reported(report),
      ...receiptHandleOf(lease),
      status: transitions.interrupt.to,
      attempt,
      interruptions: (item.interruptions ?? 0) + 1,
      notBefore: afterDelayedClaim(item),
    },
    remove: ['claimId', 'leaseUntil', 'inCompany', ...outdatedTail(report)],
    append: [{ event: 'interrupted', at: report.now, attempt }],
  };
};

/**
 * Gives a job back whose last place others have taken since the worker looked: it is as it was before the claim, and no
 * attempt was made.
 * @param awaitsPlace as it was before the claim
 */
export function giveBackWrite(lease: Lease, awaitsPlace: JobItem['awaitsPlace'], now: number): JobWrite {
  const { item } = lease;
  // The claim has noted the first start of all.
  const isFirst = item.startedAt === item.updatedAt;
  // Who was retried before any claim may start late by that retry.
  const startsInTime = isFirst && item.retriedBy === undefined;
  return {
    ...fenced('giveBack', lease, { now }),
    set: {
      ...receiptHandleOf(lease),
      status: transitions.giveBack.to,
      updatedAt: now,
      attempt: item.attempt - 1,
      history: item.history.slice(0, -1),
      notBefore: afterDelayedClaim(item),
      ...(awaitsPlace ? { awaitsPlace: { ...awaitsPlace, at: now } } : {}),
    },
    remove: [
      ...(['claimId', 'leaseUntil', 'inCompany'] as const),
      ...(isFirst ? (['startedAt'] as const) : []),
      ...(startsInTime ? (['mayStartLate'] as const) : []),
    ],
  };
}

/** A delayed request of this claim must not start what comes next: no worker would run it. */
const afterDelayedClaim = ({ updatedAt }: JobItem): number => updatedAt + 1;

const fenced = (
  name: TransitionName,
  { item }: Lease,
  facts: Pick<Facts, 'now' | 'leaseUntil' | 'signals'>,
) => ({
  id: item.id,
  transition: name,
  condition: conditionOf(name, { ...facts, fencingToken: item.fencingToken }),
});

const reported = ({
  now,
  progress,
  checkpoint,
  output,
  steps,
  batches,
  logTail,
  usedMbMs,
  usedServerMbMs,
}: Report) => ({
  updatedAt: now,
  ...defined({ progress, checkpoint, output, steps, logTail, usedMbMs, usedServerMbMs }),
  ...(batches ? { batches: new Set(batches) } : {}),
});

/** What a heartbeat has stored is not what is left at the end. */
const outdatedTail = ({ logTail }: Report): readonly 'logTail'[] =>
  logTail === undefined ? ['logTail'] : [];

const endOfAttempt = (
  event: HistoryEntry['event'],
  { item }: Lease,
  now: number,
  error?: JobError,
): HistoryEntry => ({
  event,
  at: now,
  attempt: item.attempt,
  ...defined({ error: error && shortText(error.message) }),
});

/** A job of a group that goes on later may be canceled meanwhile. The cancel needs it to let the group go on. */
const receiptHandleOf = ({ message, receiptHandle }: Lease): { readonly receiptHandle?: string } =>
  message.options.group === undefined ? {} : { receiptHandle };
