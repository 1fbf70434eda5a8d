import type { Fields, Log } from '../base/ports.ts';
import type { JobItem } from '../state/job/item.ts';
import type { AttemptFields, JobEnded, JobLine } from './job-line.ts';
import type { CountName, Meter, MeteredQueue } from './metrics.ts';

/** Callers choose the names of tenants, subjects and errors. */
const maxChars = 256;

/** The same fields, with bounded texts. */
export function bounded(fields: object): Fields {
  const shown: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields))
    shown[name] = typeof value === 'string' && value.length > maxChars ? value.slice(0, maxChars) : value;
  return shown;
}

/** CloudWatch makes metrics of a line with this name, wherever the line comes from: those are ours alone. */
export const metricsName = '_aws';
/** As Powertools says it. */
export const droppedText = (key: string): string => `The key "${key}" is a reserved key and will be dropped.`;

/** A record, so that none is missing. The schemas themselves would bring all others into the bundles. */
const ofAttempt: Readonly<Record<keyof AttemptFields, true>> = {
  jobId: true,
  tenant: true,
  type: true,
  queue: true,
  run: true,
  attempt: true,
  slice: true,
  place: true,
  messageId: true,
  requestId: true,
  traceparent: true,
};
/** What the lines of an attempt are found by. No field of a handler stands for one of them. Pure: not in bundles that run no job. */
export const attemptFieldNames: readonly string[] = /* @__PURE__ */ Object.keys(ofAttempt);

const ofLines: Readonly<Record<JobLine['message'], true>> = {
  'attempt started': true,
  'attempt ended': true,
  'job ended': true,
  'operation done': true,
};

/**
 * The log of a handler: each of its lines has these fields. A field of the handler that has the name of one of ours is
 * dropped, and a line with the text of one of ours says so: metrics, bills and lists of failed jobs are made of those.
 */
export function logOfAttempt(log: Log, common: Partial<AttemptFields>): Log {
  const shown = bounded(common);
  const warned = new Set<string>();
  const isOurs = ([name, value]: readonly [string, unknown]): boolean => {
    if (!attemptFieldNames.includes(name)) return false;
    if (value !== shown[name] && !warned.has(name)) {
      warned.add(name);
      log.warn('a field of a handler is dropped: its name is one of ours', { ...shown, field: name });
    }
    return true;
  };
  const at =
    (level: keyof Log) =>
    (message: string, fields: Fields = {}): void => {
      const own = Object.fromEntries(Object.entries(fields).filter((field) => !isOurs(field)));
      log[level](Object.hasOwn(ofLines, message) ? `of the handler: ${message}` : message, {
        ...own,
        ...shown,
      });
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** Writes a line. */
export function logJobLine(log: Pick<Log, 'info'>, { message, ...fields }: JobLine): void {
  log.info(message, bounded(fields));
}

/** What tells of ends that no attempt had. */
export interface EndObserver {
  readonly log: Log;
  /** Of the queue that the message came from. */
  readonly meter: Meter;
}

const failures: Readonly<Record<Exclude<JobEnded['outcome'], 'canceled'>, CountName>> = {
  late: 'JobsFailedLate',
  exhausted: 'JobsFailedByCrash',
  unclaimed: 'JobsFailedUnclaimed',
  forgotten: 'JobsFailedUnclaimed',
};

/**
 * Tells of a job that has ended without an attempt. Called once the end is stored: a second delivery does not come
 * here.
 */
export function logEnd(item: JobItem, outcome: JobEnded['outcome'], { log, meter }: EndObserver): void {
  logJobLine(log, endLine(item, outcome, meter.queue));
  if (outcome === 'canceled') return;
  meter.count('JobsFailed', item.type);
  meter.count(failures[outcome], item.type);
}

/** The line of such an end. */
export const endLine = (
  { id, tenant, type, run, status, error }: JobItem,
  outcome: JobEnded['outcome'],
  queue: MeteredQueue,
): JobEnded => ({
  message: 'job ended',
  jobId: id,
  tenant,
  type,
  queue,
  run,
  outcome,
  status,
  ...(outcome === 'canceled' || !error ? {} : { errorName: error.name }),
  last: true,
});
