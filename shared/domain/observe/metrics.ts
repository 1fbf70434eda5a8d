import { queueNames } from '../state/ports.ts';

/*
 * Every metric that the project emits, as data: alarms, docs and the text of `/metrics` are made of this list. Code
 * that emits imports its types alone, so that no bundle has these texts.
 */

/** Where jobs wait: the dimension `Queue`. Both dead-letter queues are one. */
export const meteredQueues = [...queueNames, 'dead-letter', 'notify'] as const;
export type MeteredQueue = (typeof meteredQueues)[number];

interface Metric {
  readonly unit: 'Count' | 'Milliseconds';
  /** What it counts, and at which moment. */
  readonly counts: string;
  /** The functions that emit it. A worker server is one as well: `server`. */
  readonly from: readonly (
    | 'submit'
    | 'api'
    | 'pages'
    | 'worker'
    | 'longWorker'
    | 'bulk'
    | 'admission'
    | 'deadLetter'
    | 'notify'
    | 'server'
  )[];
}

const workers = ['worker', 'longWorker', 'bulk', 'server'] as const;
const receivers = [...workers, 'admission', 'deadLetter'] as const;

export const metrics = {
  JobsSubmitted: {
    unit: 'Count',
    counts:
      'accepted jobs, and those of recurring schedules, once their message is sent and their item is written; by the queue that they will run from',
    from: ['submit', 'api', 'pages', 'admission'],
  },
  AttemptsStarted: {
    unit: 'Count',
    counts: 'attempts and slices, once the claim is stored',
    from: workers,
  },
  JobsSucceeded: { unit: 'Count', counts: 'jobs whose success is stored', from: workers },
  JobsFailed: {
    unit: 'Count',
    counts: 'jobs whose failure is stored: the sum of the five below',
    from: receivers,
  },
  JobsFailedByError: {
    unit: 'Count',
    counts: 'of these: their handler threw an error for good, or in the last attempt',
    from: workers,
  },
  JobsFailedByTimeout: { unit: 'Count', counts: 'of these: the last attempt took too long', from: workers },
  JobsFailedByCrash: {
    unit: 'Count',
    counts: 'of these: the last attempt ended with its process',
    from: receivers,
  },
  JobsFailedLate: {
    unit: 'Count',
    counts: 'of these: they did not start by their `startBefore`',
    from: receivers,
  },
  JobsFailedUnclaimed: {
    unit: 'Count',
    counts:
      'of these: no worker could take them: dead letters, dependencies that did not succeed, lost messages, limits of a group',
    from: receivers,
  },
  AttemptsFailed: {
    unit: 'Count',
    counts:
      'attempts that a handler ended with an error, once that is stored; whether or not another follows',
    from: workers,
  },
  StartDelay: {
    unit: 'Milliseconds',
    counts:
      'from when a job was due to its first start in a run; not of a job that something has held back: other jobs, a limit, a pause, the lack of a handler, or a debounce',
    from: workers,
  },
  Duration: {
    unit: 'Milliseconds',
    counts: 'from the claim of an attempt or slice to its end, if that is stored',
    from: workers,
  },
  HandOvers: {
    unit: 'Count',
    counts: 'slices that ended with a hand-over to the next invocation',
    from: workers,
  },
  TakeOvers: {
    unit: 'Count',
    counts: 'attempts that began after the worker of the one before had died',
    from: workers,
  },
  MessagesReturned: {
    unit: 'Count',
    counts: 'deliveries without an attempt whose message went back to its queue',
    from: [...receivers, 'notify'],
  },
  ConfigurationUnreadable: {
    unit: 'Count',
    counts:
      'invocations whose function could not read its configuration, and has returned all messages; also where metrics are off',
    from: ['worker', 'longWorker', 'bulk', 'admission', 'deadLetter', 'notify'],
  },
  NotificationsGivenUp: {
    unit: 'Count',
    counts: 'notifications that nobody will try again: not taken for three days, or not possible',
    from: ['notify'],
  },
} as const satisfies Readonly<Record<string, Metric>>;

export type MetricName = keyof typeof metrics;
type NamesOf<Unit> = {
  [Name in MetricName]: (typeof metrics)[Name]['unit'] extends Unit ? Name : never;
}[MetricName];
export type CountName = NamesOf<'Count'>;
export type TimeName = NamesOf<'Milliseconds'>;

/** What counts the jobs of one queue. Never throws. */
export interface Meter {
  readonly queue: MeteredQueue;
  /** Adds one. @param type of the job */
  count(metric: CountName, type?: string): void;
  time(metric: TimeName, milliseconds: number, type?: string): void;
}

/** The queues' meters of a process. */
export interface Meters {
  on(queue: MeteredQueue): Meter;
  /** Writes what was counted since the last flush. */
  flush(): void;
}
