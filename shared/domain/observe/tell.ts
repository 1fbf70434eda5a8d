import type { Fields, Log } from '../base/ports.ts';
import type { JobItem } from '../state/item.ts';
import type { JobEnded, JobLine } from './job-line.ts';
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

/** Writes a line. */
export function tell(log: Pick<Log, 'info'>, { message, ...fields }: JobLine): void {
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

/** Tells of a job that has ended without an attempt. Called once the end is stored: a second delivery does not come here. */
export function tellEnd(item: JobItem, outcome: JobEnded['outcome'], { log, meter }: EndObserver): void {
  tell(log, endLine(item, outcome, meter.queue));
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
