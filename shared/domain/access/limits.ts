/*
 * The limits of a tenant, each once. A limit's name is that of its stage parameter, and answers and entries of the access table have
 * it, too. All that reads, sets or shows limits follows from this table.
 */

/**
 * What a limit needs. `rate`: so many in a window, as one arrival time (see `Rate`). `count`: so many that there are at once. `bound`:
 * what one request may say, which needs no state.
 */
export type LimitKind = 'rate' | 'count' | 'bound';

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
  /** How many a tenant that was quiet may have at once, if these are not those of a window. Processes count them, and ask for many at a time. */
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
  // Higher, and twenty of them for each of the 1,000 writes that an item takes are not enough. An import of 100,000 rows must fit.
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
  // To count them costs a read unit for 8.
  pendingWebhooks: { kind: 'count', unit: 'webhooks that wait for an endpoint', highest: 10_000 },
  readUnitsPerMinute: { kind: 'rate', unit: 'read units a minute', highest: 1_000_000, windowSeconds: 60 },
  logSearchesPerHour: { kind: 'rate', unit: 'log searches an hour', highest: 100_000, windowSeconds: hour },
  bulkActionsAtOnce: { kind: 'count', unit: 'bulk actions at once', highest: 100 },
  // The item with the open waits grows by 22 bytes with each, and each write of it costs a unit for each KB.
  waitsAtOnce: { kind: 'count', unit: 'waits at once', highest: 1_000 },
  furthestAheadDays: { kind: 'bound', unit: 'days ahead', highest: 365 },
} as const satisfies Readonly<Record<string, Limit>>;

export type LimitName = keyof typeof limits;
export const limitNames = Object.keys(limits) as readonly LimitName[];

type NameOf<Kind extends LimitKind> = {
  [Name in LimitName]: (typeof limits)[Name]['kind'] extends Kind ? Name : never;
}[LimitName];
export type RateName = NameOf<'rate'>;
/** Beside the rates that are limits of a tenant, one that nobody sets: that of jobs of groups while their queue is long. */
export type AnyRate = RateName | 'groupJobsPerMinute';
export const windowSecondsOf = (rate: AnyRate): number =>
  rate === 'groupJobsPerMinute' ? 60 : limits[rate].windowSeconds;
export const rateNames = limitNames.filter((name): name is RateName => limits[name].kind === 'rate');
/** Those that count jobs in an index: see `JobCount`. */
export type JobCountName = 'unfinishedJobs' | 'unfinishedJobsOfGroup' | 'waitingJobs';
/** Nobody can say of a limit by host how much of it is left, and nobody pays a read to say it of one that processes count. */
export const isLeftKnown = (name: LimitName): boolean =>
  !('isByHost' in limits[name] || 'savedUp' in limits[name]);
/** @returns undefined for a rate whose burst is that of a window */
export function savedUpOf(rate: AnyRate): number | undefined {
  const limit: Limit | undefined = rate === 'groupJobsPerMinute' ? undefined : limits[rate];
  return limit?.savedUp;
}

/** What a stage, or an operator for one tenant, says. Absent: nothing. `none`: there is no limit. */
export type SetLimits = Readonly<Partial<Record<LimitName, number | 'none' | undefined>>>;

interface LimitText {
  /** What uses up the limit. */
  readonly counts: string;
  /** What a tenant with the limit costs. */
  readonly costs: string;
  /** By how much the limit may be wrong. */
  readonly approximate: string;
}

/** What people read of each limit. No function reads that, so no bundle has it. */
export const limitTexts: Readonly<Record<LimitName, LimitText>> = {
  jobsPerMinute: {
    counts:
      'jobs that are submitted, each of a batch, also what replaces a payload, and a unique job under a new key; what jobs spawn or submit, schedules make, and retries count, and are not refused',
    costs:
      'a write a submission, a retry, or a batch of children; under a new key of a unique or debounced type, two reads more',
    approximate:
      'twice as many submissions in any one minute at most; children and what they close, see below',
  },
  runningSecondsPerHour: {
    counts: 'the time of attempts of jobs, from the claim to the end; jobs that are submitted are refused',
    costs: 'a read a submission, and a write an attempt',
    approximate: 'what was let in runs on; an hour more than there is counts at most, see below',
  },
  unfinishedJobs: {
    counts: 'jobs that were submitted and have not ended, each of a batch',
    costs: 'a write and an index write a submission, and an index write at the end of the job',
    approximate: 'a job that has ended counts for some seconds more; retries are never refused',
  },
  unfinishedJobsOfGroup: {
    counts: 'the same jobs, of one group; jobs without a group are not counted',
    costs: 'a write and an index write a submission to a group, and an index write at the end of the job',
    approximate: 'as `unfinishedJobs`, by group',
  },
  waitingJobs: {
    counts:
      'submitted jobs that are `waiting`, or are to wait; only submissions with a time ahead, or `dependsOn`, are refused',
    costs:
      'a write a submission that is to wait; an index write a submission, and at the end of the job; two when a wait begins later, and when one ends',
    approximate: 'as `unfinishedJobs`; what begins to wait later is never refused',
  },
  requestsPerSecond: {
    counts: 'requests with a credential, those of pages too, whatever they ask for; each job of a batch',
    costs: 'a write a request, two a batch; near the limit two and a read',
    approximate: 'twice as many in any one second at most',
  },
  writesPerSecond: {
    counts:
      'what comes through the doors that write: jobs that are submitted, each of a batch, also replays and what is refused; uploads; answers. Nothing else',
    costs: 'nothing below five a second, by the count of each process; above, a write for 25, or for a batch',
    approximate: 'five a second more for each process; 200,000 at once after a quiet time',
  },
  uploadsPerDay: {
    counts: '`POST /uploads`, and uploads on pages, whether or not the bytes come',
    costs: 'a write an upload',
    approximate: 'twice as many in any one day at most',
  },
  uploadBytesPerDay: {
    counts: 'the `bytes` of the same',
    costs: 'a write an upload',
    approximate: 'twice as many in any one day at most; what the other limit refuses may have counted',
  },
  mailsPerDay: {
    counts: 'mails that the service is asked to send: of `send-email`, and notifications',
    costs: 'a write a mail',
    approximate: 'twice as many in any one day at most',
  },
  webhooksPerMinute: {
    counts:
      'attempts to send a webhook, by the host of its URL; one above the limit waits, and is no attempt',
    costs: 'a write a webhook; one that waits, a message each time it comes again',
    approximate: 'twice as many in any one minute at most; what waits comes in no order',
  },
  pendingWebhooks: {
    counts:
      'webhooks parked under an endpoint that does not answer; one above the limit is given up, and its job says so',
    costs: 'while one is down, 8 read units or more in ten seconds and each process that parks there',
    approximate: 'each process sees what others have parked ten seconds later',
  },
  readUnitsPerMinute: {
    counts:
      'read units of `GET /jobs`, `GET /errors`, of the same on pages, and of the `dependsOn` of submissions, as the table has counted them; of lists of children, and of pages that show them, one for each part of a batch',
    costs: 'a read and a write a list, or a submission with dependencies',
    approximate:
      'a page of 500 units at most, or what a submission depends on, for each request at a time; what jobs submit does not count',
  },
  logSearchesPerHour: {
    counts:
      'searches of all lines of a job: `GET /jobs/{id}/logs?source=all`, and the same on pages; who asks for the same job within a minute gets the search that there is',
    costs: 'a read and a write a search',
    approximate: 'twice as many in any one hour at most',
  },
  bulkActionsAtOnce: {
    counts:
      'unfinished bulk actions of the tenant; those of operators, and an erasure of one job, do not count',
    costs: 'a read and a write a bulk action, and a read for each unfinished one',
    approximate: 'one whose submission has died counts for a minute',
  },
  waitsAtOnce: {
    counts:
      '`GET /jobs/{id}/wait` and `Prefer: wait` that are open, unless their first look at the job answers them',
    costs: 'two writes a wait, of 1 KB for 40 open ones; one that is refused, a write and a read',
    approximate: 'a wait that has crashed counts for five seconds more than it would have taken',
  },
  furthestAheadDays: {
    counts: '`runAt` and `delaySeconds` of a submission; more is 400, `invalid-request`',
    costs: 'nothing',
    approximate: 'nothing',
  },
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
