import { defined } from '../../domain/base/defined.ts';
import type { Log } from '../../domain/base/ports.ts';
import type { AttemptEnded, AttemptFields } from '../../domain/observe/job-line.ts';
import { logJobLine, logOfAttempt } from '../../domain/observe/log-job-line.ts';
import type { CountName, Meter } from '../../domain/observe/metrics.ts';
import type { Span, SpanStart, Tracer } from '../../domain/observe/trace.ts';
import type { JobItem } from '../../domain/state/job/item.ts';
import { hasFailed, hasSucceeded, isTerminal } from '../../domain/state/job/transitions.ts';
import type { Delivery } from '../../domain/state/ports.ts';
import { goesOnAt, waitOf, wasHeldBack } from '../../domain/state/waits/wait.ts';
import type { Lease } from '../../domain/state/writes/holder-writes.ts';
import type { Ending } from './error-policy.ts';
import { type Invocation, placeOf } from './invocation.ts';

/** How an attempt ended: its end as it is stored, or why none is. */
export type ReportedEnd = { readonly ending: Ending; readonly mbMs: number } & (
  | { readonly item: JobItem }
  | { readonly outcome: 'lost' | 'unknown' }
);

/** What is told of one attempt: a line at its start, one at its end, and numbers. */
export interface AttemptReporter {
  /** For what its handler calls: that of its span, or else that of the submission. */
  readonly traceparent?: string | undefined;
  readonly span?: Span | undefined;
  /** Its lines have the fields by which the attempt is found. */
  readonly log: Log;
  started(): void;
  /** Called once, with the end as it is stored. @param now epoch milliseconds */
  ended(reported: ReportedEnd, now: number): void;
}

interface Arrived {
  readonly delivery: Pick<Delivery, 'messageId'>;
  readonly invocation: Invocation;
}

interface ReportDependencies {
  readonly log: Log;
  readonly meter: Meter;
  readonly tracer?: Tracer | undefined;
}

/** Tells of an attempt from its claim on. */
export function reportAttempt(
  lease: Lease,
  { delivery, invocation }: Arrived,
  { log, meter, tracer }: ReportDependencies,
): AttemptReporter {
  const { item } = lease;
  const { type } = item;
  const fields = fieldsOf(lease, meter, {
    ...delivery,
    ...defined({ requestId: invocation.requestId }),
    place: placeOf(invocation),
  });
  const span = tracer?.start(spanOf(lease, fields));
  return {
    span,
    traceparent: span?.traceparent ?? fields.traceparent,
    log: logOfAttempt(log, fields),
    started() {
      const startDelayMs = startDelayOf(lease);
      logJobLine(log, { message: 'attempt started', ...fields, ...defined({ startDelayMs }) });
      meter.count('AttemptsStarted', type);
      if (startDelayMs !== undefined) meter.time('StartDelay', startDelayMs, type);
      // The worker of an attempt that has no end is gone.
      if (item.history.at(-2)?.event === 'started') meter.count('TakeOvers', type);
    },
    ended(reported, now) {
      const end = endOf(reported, now - item.updatedAt);
      const { functionVersion } = invocation;
      logJobLine(log, {
        message: 'attempt ended',
        ...fields,
        ...end,
        mbMs: reported.mbMs,
        ...defined({ functionVersion }),
      });
      const counts = countsOf(reported);
      for (const metric of counts) meter.count(metric, type);
      if ('item' in reported) meter.time('Duration', end.durationMs, type);
      const { errorName, durationMs: _, ...outcome } = end;
      span?.end(
        outcome,
        counts.some((metric) => metric === 'JobsFailed' || metric === 'AttemptsFailed')
          ? errorName
          : undefined,
      );
    },
  };
}

const fieldsOf = (
  { item, message: { traceparent } }: Lease,
  { queue }: Meter,
  where: Pick<AttemptFields, 'messageId' | 'requestId' | 'place'>,
): AttemptFields => ({
  jobId: item.id,
  tenant: item.tenant,
  type: item.type,
  queue,
  run: item.run,
  attempt: item.attempt,
  slice: (item.slices ?? 0) + 1,
  place: where.place,
  messageId: where.messageId,
  ...defined({ requestId: where.requestId, traceparent }),
});

/** Each claim has a token of its own, and the first follows the time of the submission. */
function spanOf({ item }: Lease, { traceparent: parent, ...fields }: AttemptFields): SpanStart {
  const { fencingToken: claim, attempt, slices = 0 } = item;
  const follows = attempt === 1 && slices > 0 ? 'slice' : 'attempt';
  return {
    name: `attempt ${item.type}`,
    kind: 'consumer',
    jobId: item.id,
    parent,
    fields,
    claim,
    ...(claim > item.createdAt + 1 ? { follows } : {}),
  };
}

/**
 * For how long a job could have started in its run, and had not; undefined for one that has started before, or that
 * something has held back. When that ended the item does not say any more, and it is no queue that is slow: it must not
 * ring.
 */
function startDelayOf({ item, message: { submittedAt, options } }: Lease): number | undefined {
  const before = item.history.at(-2);
  // The clock of the submission may be ahead of the worker's.
  if ((before && before.event !== 'resubmitted') || wasHeldBack(item, before?.at ?? 0)) return undefined;
  return Math.max(0, item.updatedAt - Math.max(before?.at ?? submittedAt, options.runAt ?? 0));
}

/** A cancel that was requested meanwhile may be stored in place of a release. */
const wasCanceled = ({ status }: JobItem): boolean =>
  isTerminal(status) && !hasSucceeded(status) && !hasFailed(status);

type End = Pick<AttemptEnded, 'outcome' | 'status' | 'errorName' | 'last' | 'durationMs' | 'notBefore'>;

function endOf(reported: ReportedEnd, durationMs: number): End {
  const { ending } = reported;
  const error = 'error' in ending ? { errorName: ending.error.name } : {};
  if ('outcome' in reported) return { outcome: reported.outcome, ...error, last: false, durationMs };
  const { status } = reported.item;
  const wait = waitOf(reported.item);
  const isCanceled = wasCanceled(reported.item);
  return {
    outcome: isCanceled ? 'canceled' : ending.kind,
    status,
    ...(isCanceled ? {} : error),
    last: isTerminal(status),
    durationMs,
    ...defined({ notBefore: wait && goesOnAt(wait) }),
  };
}

const failureKinds: Readonly<Record<string, CountName>> = {
  JobTimeoutError: 'JobsFailedByTimeout',
  JobCrashedError: 'JobsFailedByCrash',
  MemoryLimitError: 'JobsFailedByCrash',
};

/** What is counted of an end: nothing that another delivery may count, too. */
function countsOf(reported: ReportedEnd): readonly CountName[] {
  if ('outcome' in reported) return [];
  const { ending, item } = reported;
  if (wasCanceled(item)) return [];
  switch (ending.kind) {
    case 'succeeded':
      return ['JobsSucceeded'];
    case 'failed': {
      const kinds = Object.hasOwn(failureKinds, ending.error.name)
        ? failureKinds[ending.error.name]
        : undefined;
      return ['JobsFailed', kinds ?? 'JobsFailedByError', 'AttemptsFailed'];
    }
    case 'retrying':
      // What asks to be called later has not failed.
      return ending.waitedMs === undefined ? ['AttemptsFailed'] : [];
    case 'handedOver':
      return ['HandOvers'];
    default:
      return [];
  }
}
