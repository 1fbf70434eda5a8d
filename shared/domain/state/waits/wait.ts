import {
  awaitedBatches,
  type JobItem,
  lacksHandlerSince,
  pauseHolding,
  placeAwaited,
  turnInLine,
  waitsForSubmissions,
} from '../job/item.ts';
import { isQueued, isWaiting } from '../job/transitions.ts';
import { type OpenWait, unansweredOf } from '../stored/saved-signals.ts';

/*
 * What a job waits for. People and metrics are told of a wait by `waitOf` alone, and nobody else reads the attributes
 * of waits for them. Who decides about a message before a claim has the predicates of item.ts. Times are epoch
 * milliseconds.
 */

interface Wait<Kind extends string> {
  readonly kind: Kind;
  /** Since when the job waits. */
  readonly since: number;
}

export type JobWait =
  /** Its time: that of its submission, of its next attempt, or of the end of its sleep. The time may have come. */
  | (Wait<'time'> & { readonly until: number })
  /** Jobs that must have succeeded before. */
  | (Wait<'jobs'> & { readonly ids: readonly string[] })
  /**
   * The ends of children. `until`: when it goes on whatever has ended, and `answers`: what else it goes on by, if the
   * handler says so.
   */
  | (Wait<'children'> & {
      readonly batches: readonly string[];
      readonly until: number | undefined;
      readonly answers: readonly OpenWait[];
    })
  /** Answers that nobody has sent yet. */
  | (Wait<'signal'> & { readonly until: number; readonly answers: readonly OpenWait[] })
  /** A start of a limit, by the key as people see it. `at`: when its turn is. */
  | (Wait<'turn'> & { readonly until: number; readonly of: string; readonly at: number })
  /** One of so many places of a limit. */
  | (Wait<'place'> & { readonly of: string; readonly running: number })
  /** The end of a pause, by its name. */
  | (Wait<'pause'> & { readonly by: string })
  /** A build with a handler for its type. `until`: the next look. */
  | (Wait<'handler'> & { readonly until: number })
  /**
   * More submissions of a debounced job: so many came, and it starts at `until`, unless another one comes; by
   * `latestAt` at the latest.
   */
  | (Wait<'submissions'> & { readonly until: number; readonly came: number; readonly latestAt: number });

export type WaitKind = JobWait['kind'];

/** For each kind one entry: a kind that is missing does not compile. */
export type OfEachWait<T> = { readonly [Kind in WaitKind]: T };

/** The attributes that say what a job waits for. */
export const waitAttributes = {
  awaits: true,
  awaitsPlace: true,
  admittedBy: true,
  cancelRequested: true,
  createdAt: true,
  debounced: true,
  dependsOn: true,
  dueKey: true,
  error: true,
  group: true,
  noHandler: true,
  notBefore: true,
  paused: true,
  run: true,
  runAt: true,
  signals: true,
  startedAt: true,
  status: true,
  turn: true,
  updatedAt: true,
} as const satisfies Partial<Record<keyof JobItem, true>>;
export type Waiting = Pick<JobItem, keyof typeof waitAttributes>;

type Readers = {
  readonly [Kind in WaitKind]: (job: Waiting) => Extract<JobWait, { readonly kind: Kind }> | undefined;
};

/**
 * One for each kind, in the order in which they are asked: what outlives a wait, such as the time of a job, comes last.
 */
const readers: Readers = {
  children: (job) => {
    const batches = awaitedBatches(job);
    if (batches.length === 0) return undefined;
    const until = job.awaits?.isTimed ? job.notBefore : undefined;
    return { kind: 'children', since: job.updatedAt, batches, until, answers: unansweredOf(job) };
  },
  submissions: (job) => {
    const { debounced, createdAt: since, notBefore: until = since } = job;
    if (!debounced || !waitsForSubmissions(job)) return undefined;
    const { submissions: came, latestAt } = debounced;
    return { kind: 'submissions', since, until, came, latestAt };
  },
  pause: (job) => {
    const paused = pauseHolding(job);
    return paused && { kind: 'pause', since: paused.since, by: paused.by };
  },
  handler: (job) => {
    const since = lacksHandlerSince(job);
    return since === undefined ? undefined : { kind: 'handler', since, until: job.notBefore ?? since };
  },
  place: (job) => {
    // A job that was woken, or given back, is on its way to the place.
    const place = isWaiting(job.status) ? placeAwaited(job) : undefined;
    return place && { kind: 'place', since: place.since, of: place.of, running: place.running };
  },
  turn: (job) => {
    // The turn of a job that is queued has come, unless the wait is one of a part: the queue delays its message.
    const isBetween = job.error?.name === 'LimitWaitError';
    const turn = isWaiting(job.status) || isBetween ? turnInLine(job) : undefined;
    return turn && { kind: 'turn', since: job.updatedAt, until: turn.until, of: turn.of, at: turn.at };
  },
  signal: (job) => {
    const answers = unansweredOf(job);
    const { notBefore: until, updatedAt: since } = job;
    return answers.length === 0 || until === undefined
      ? undefined
      : { kind: 'signal', since, until, answers };
  },
  jobs: ({ dependsOn: ids, admittedBy, startedAt, updatedAt: since }) =>
    ids === undefined || admittedBy !== undefined || startedAt !== undefined
      ? undefined
      : { kind: 'jobs', since, ids },
  time: ({ notBefore = 0, runAt = 0, updatedAt: since }) => {
    const until = Math.max(notBefore, runAt);
    // A hand-over leaves a time that is past.
    return until > since ? { kind: 'time', since, until } : undefined;
  },
};

/** What a job waits for; undefined for one that runs or has ended, and for one that a worker may take. */
export function waitOf(job: Waiting): JobWait | undefined {
  if (!(isWaiting(job.status) || isQueued(job.status))) return undefined;
  for (const read of Object.values(readers)) {
    const wait = read(job);
    if (wait) return wait;
  }
  return undefined;
}

/** When a job goes on by itself at the latest, or is looked at; undefined if something else has to come. */
export const goesOnAt = (wait: JobWait): number | undefined => ('until' in wait ? wait.until : undefined);

/** The answers that somebody is to send. */
export const answersAwaited = (wait: JobWait | undefined): readonly OpenWait[] =>
  wait !== undefined && 'answers' in wait ? wait.answers : [];

/**
 * When a wait of each kind has held a job last, as far as its item tells once the job has started; undefined if none
 * did.
 */
const lastHeldAt: OfEachWait<(job: Waiting) => number | undefined> = {
  // The time is when the job is due.
  time: () => undefined,
  jobs: ({ dependsOn }) => dependsOn && Infinity,
  // Only a job that has started waits for these.
  children: () => undefined,
  signal: () => undefined,
  turn: ({ turn }) => turn?.at,
  place: ({ awaitsPlace }) => awaitsPlace?.at,
  pause: ({ paused }) => paused?.at,
  handler: ({ noHandler }) => noHandler?.until,
  // A retry runs at once.
  submissions: ({ debounced, run }) => (debounced && run === 1 ? Infinity : undefined),
};

/**
 * Whether something else than its time and its queue has held back a job that has just started. @param since the begin
 * of its run
 */
export const wasHeldBack = (job: Waiting, since: number): boolean =>
  Object.values(lastHeldAt).some((at) => (at(job) ?? -Infinity) >= since);
