/*
 * The limits of a tenant, each once. A limit's name is that of its stage parameter, and answers and entries of the
 * access table have it, too. All that reads, sets or shows limits follows from this table.
 */

/** What a limit needs. `rate`: so many in a window, as one arrival time (see `Rate`). `count`: so many that there are at once. */
export type LimitKind = 'rate' | 'count';

export interface Limit {
  readonly kind: LimitKind;
  /** What is counted: it follows a number. */
  readonly unit: string;
  /** The highest that there may be. */
  readonly highest: number;
  /** Of a rate. */
  readonly windowSeconds?: number;
  /** Each host has its own. */
  readonly isByHost?: true;
  /**
   * How many a tenant that was quiet may have at once, if these are not those of a window. Processes count them, and
   * ask for many at a time.
   */
  readonly savedUp?: number;
}

const hour = 3_600;
const day = 86_400;

export const limits = {
  // Higher, and an interval would be rounded by more than a sixtieth.
  jobsPerMinute: { kind: 'rate', unit: 'jobs a minute', highest: 1_000_000, windowSeconds: 60 },
  // Higher, and an attempt of 10 ms would be rounded by more than a sixth.
  runningSecondsPerHour: { kind: 'rate', unit: 'seconds an hour', highest: 10_000_000, windowSeconds: hour },
  // To count the index takes some seconds then, and a submission waits for that.
  unfinishedJobs: { kind: 'count', unit: 'unfinished jobs', highest: 100_000 },
  unfinishedJobsOfGroup: { kind: 'count', unit: 'unfinished jobs of a group', highest: 100_000 },
  waitingJobs: { kind: 'count', unit: 'waiting jobs', highest: 100_000 },
  // An item takes 1,000 writes a second.
  requestsPerSecond: { kind: 'rate', unit: 'requests a second', highest: 1_000, windowSeconds: 1 },
  // Higher, and twenty of them for each of the 1,000 writes that an item takes are not enough. An import of 100,000
  // rows must fit.
  writesPerSecond: {
    ...{ kind: 'rate', unit: 'jobs, uploads and answers a second', highest: 10_000, windowSeconds: 1 },
    savedUp: 200_000,
  },
  uploadsPerDay: { kind: 'rate', unit: 'uploads a day', highest: 1_000_000_000, windowSeconds: day },
  uploadBytesPerDay: { kind: 'rate', unit: 'bytes of uploads a day', highest: 1e15, windowSeconds: day },
  mailsPerDay: { kind: 'rate', unit: 'mails a day', highest: 1_000_000_000, windowSeconds: day },
  webhooksPerMinute: {
    ...{ kind: 'rate', unit: 'webhooks a minute to a host', highest: 60_000, windowSeconds: 60 },
    isByHost: true,
  },
  readUnitsPerMinute: { kind: 'rate', unit: 'read units a minute', highest: 1_000_000, windowSeconds: 60 },
  logSearchesPerHour: { kind: 'rate', unit: 'log searches an hour', highest: 100_000, windowSeconds: hour },
  bulkActionsAtOnce: { kind: 'count', unit: 'bulk actions at once', highest: 100 },
  // The item with the open waits grows by 22 bytes with each, and each write of it costs a unit for each KB.
  waitsAtOnce: { kind: 'count', unit: 'waits at once', highest: 1_000 },
} as const satisfies Readonly<Record<string, Limit>>;

export type LimitName = keyof typeof limits;
export const limitNames = Object.keys(limits) as readonly LimitName[];

type NameOf<Kind extends LimitKind> = {
  [Name in LimitName]: (typeof limits)[Name]['kind'] extends Kind ? Name : never;
}[LimitName];
export type RateName = NameOf<'rate'>;
/**
 * Beside the rates that are limits of a tenant, one that nobody sets: that of jobs of groups while their queue is long.
 */
export type AnyRate = RateName | 'groupJobsPerMinute';
export const windowSecondsOf = (rate: AnyRate): number =>
  rate === 'groupJobsPerMinute' ? 60 : limits[rate].windowSeconds;
export const rateNames = limitNames.filter((name): name is RateName => limits[name].kind === 'rate');
/** Those that count jobs in an index: see `JobCount`. */
export type JobCountName = 'unfinishedJobs' | 'unfinishedJobsOfGroup' | 'waitingJobs';
/**
 * Nobody can say of a limit by host how much of it is left, and nobody pays a read to say it of one that processes
 * count.
 */
export const isLeftKnown = (name: LimitName): boolean =>
  !('isByHost' in limits[name] || 'savedUp' in limits[name]);
/** @returns undefined for a rate whose burst is that of a window */
export function savedUpOf(rate: AnyRate): number | undefined {
  const limit: Limit | undefined = rate === 'groupJobsPerMinute' ? undefined : limits[rate];
  return limit?.savedUp;
}

/** What a stage, or an operator for one tenant, says. Absent: nothing. `none`: there is no limit. */
export type SetLimits = Readonly<Partial<Record<LimitName, number | 'none' | undefined>>>;

/** What uses up each limit, for people. No function reads that, so no bundle has it. */
export const limitTexts: Readonly<Record<LimitName, string>> = {
  jobsPerMinute:
    'jobs that are submitted, what replaces a payload, and a unique job under a new key; what jobs spawn or submit, schedules make, and retries count, and are not refused',
  runningSecondsPerHour: 'the time of attempts; jobs that are submitted are refused',
  unfinishedJobs: 'jobs that were submitted and have not ended',
  unfinishedJobsOfGroup: 'the same, of one group',
  waitingJobs:
    'submitted jobs that are `waiting`; only submissions with a time ahead, or `dependsOn`, are refused',
  requestsPerSecond: 'requests with a credential, those of pages too; each job of a batch',
  writesPerSecond: 'jobs that are submitted, also replays and what is refused; uploads; answers',
  uploadsPerDay: 'uploads, whether or not the bytes come',
  uploadBytesPerDay: 'the `bytes` of the same',
  mailsPerDay: 'mails of `send-email`, and notifications',
  webhooksPerMinute:
    'attempts to send a webhook, by the host of its URL; one above the limit waits, and is no attempt',
  readUnitsPerMinute:
    'read units of `GET /jobs`, `GET /errors`, of lists of children, of the same on pages, and of the `dependsOn` of submissions',
  logSearchesPerHour:
    'searches of all lines of a job; who asks for the same job within a minute gets the search that there is',
  bulkActionsAtOnce:
    'unfinished bulk actions of the tenant; those of operators, and an erasure of one job, do not count',
  waitsAtOnce:
    '`GET /jobs/{id}/wait` and `Prefer: wait` that are open, unless their first look at the job answers them',
};

/** As an option of a command: `jobs-per-minute`. */
export const optionOf = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** What a stage says in one text for its functions, such as `jobsPerMinute=600 uploadsPerDay=50`; or `none`. */
export const writeLimits = (said: Readonly<Record<string, unknown>>): string =>
  limitNames
    .filter((name) => said[name] !== undefined && said[name] !== 'none')
    .map((name) => `${name}=${said[name]}`)
    .join(' ') || 'none';

/** @returns undefined for a text that `writeLimits` does not write */
export function readLimits(text: string): SetLimits | undefined {
  const said: Partial<Record<LimitName, number>> = {};
  for (const entry of text === 'none' ? [] : text.split(' ')) {
    const [, name, max] = /^(\w+)=(\d+)$/.exec(entry) ?? [];
    const known = limitNames.find((each) => each === name);
    if (!known || Number(max) < 1) return undefined;
    said[known] = Number(max);
  }
  return said;
}
