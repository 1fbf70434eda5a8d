import * as z from 'zod/mini';
import { RecentMap } from '../../base/recent-map.ts';
import { readableCurrentVersion, refuseNewerVersion } from '../../base/version.ts';
import { notifyTarget } from '../../notify/notification.ts';
import { savedOutput, storedObject } from '../../objects/stored-object.ts';
import { isLinePart, isPausedPart } from './list-keys.ts';
import { childOf, type JobMessage, jobId } from './message.ts';
import { isQueued, isWaiting, jobStatuses } from './transitions.ts';

const epochMilliseconds = z.int();

// One schema for all fields that are alike: to make one takes up to 30 microseconds of a cold start.
const text = z.string();
const integer = z.int();
const jobIds = z.array(jobId);
const optionalText = z.optional(text);
const optionalInteger = z.optional(integer);
const optionalTime = z.optional(epochMilliseconds);
const flag = z.optional(z.literal(true));

/**
 * The start or the end of an attempt. A start has no number, because the claim that writes it does not know the count
 * that it increments: it is one more than that of the entry before. A `resubmitted` (the user's retry) has attempt 0.
 * So has a `handed-over`, which stands for any number of hand-overs in a row. An `interrupted` has the number of the
 * attempt before, because the interrupted one does not count. So has a `put-off`: the handler asked for a wait. It
 * stands for several in a row that say the same, `at` is the first one, and the error that of the last. A `crashed` is
 * there only if the start is not that tells of it.
 */
export const historyEntry = z.object({
  event: z.enum([
    'handed-over',
    'started',
    'succeeded',
    'failed',
    'retrying',
    'interrupted',
    'put-off',
    'crashed',
    'canceled',
    'resubmitted',
  ]),
  at: epochMilliseconds,
  attempt: optionalInteger,
  error: optionalText,
  /** Of several put-offs: how many, and when the last one was. */
  times: optionalInteger,
  lastAt: optionalTime,
});
export type HistoryEntry = z.infer<typeof historyEntry>;

export const jobError = z.object({ name: text, message: text });
export type JobError = z.infer<typeof jobError>;

export const jobProgress = z.object({
  percent: z.number().check(z.gte(0), z.lte(100)),
  message: z.nullable(text),
});
export type JobProgress = z.infer<typeof jobProgress>;

/** One job as the table stores it. Times are epoch milliseconds, except `expiresAt` (TTL wants seconds). */
export const jobItem = z.object({
  id: jobId,
  version: readableCurrentVersion,
  tenant: text,
  type: text,
  status: z.enum(jobStatuses),
  /** Counts the user's retries. A message of another run is outdated, or is the user's next retry. */
  run: integer,
  fingerprint: text,
  /**
   * One more with every claim, and never reset: a writer with an older one changes nothing. It starts at the
   * submission's epoch milliseconds: should TTL remove the item and a key create it again, it is still higher.
   */
  fencingToken: integer,
  attempt: integer,
  maxAttempts: integer,
  /** A random mark of the claim. A worker that got no answer to its claim recognizes it as its own. */
  claimId: optionalText,
  leaseUntil: optionalTime,
  /** Set while the job runs in one process with others: should that crash, nobody knows which of them did it. */
  inCompany: flag,
  /** When the next attempt, or the next slice after a sleep, may start. */
  notBefore: optionalTime,
  cancelRequested: flag,
  /** Who has canceled it last, or asked for that, and who has retried it last: the history shows both. */
  canceledBy: optionalText,
  retriedBy: optionalText,
  progress: z.optional(jobProgress),
  /** The last lines that the attempt has logged, as JSON lines: see `readLogTail`. */
  logTail: optionalText,
  /**
   * How long slices of all runs have run, each times the memory that they had: milliseconds x MB. In functions, and on
   * servers.
   */
  usedMbMs: optionalInteger,
  usedServerMbMs: optionalInteger,
  /** The result as JSON text, which keeps the order of keys and the precision of numbers. */
  result: optionalText,
  /** The object that the result is in: if it is large, or was streamed. A streamed one has a `result` beside it. */
  resultObject: z.optional(storedObject),
  error: z.optional(jobError),
  history: z.array(historyEntry),
  /** The state that the job saved last, as JSON text, or where that text is: see stored-text.ts. */
  checkpoint: optionalText,
  /** What its steps have come to, as JSON text: see saved-steps.ts. */
  steps: optionalText,
  /** The answers that were sent to it, and what it waits for, as JSON text: see saved-signals.ts. */
  signals: optionalText,
  /** The job that has spawned it. */
  parent: z.optional(childOf),
  /** The batches that it has spawned. */
  batches: z.optional(z.set(jobId)),
  /**
   * The batches whose ends the job waits for, and the `notBefore` until which it does. Outdated as soon as `notBefore`
   * is another one. `isTimed`: it goes on at that time, whatever has ended.
   */
  awaits: z.optional(z.object({ until: epochMilliseconds, batches: jobIds, isTimed: flag })),
  /** The part of a streamed result that belongs to the saved state. */
  output: z.optional(savedOutput),
  /** How often the job was handed over to another invocation. */
  slices: optionalInteger,
  /** How often a server's stop has interrupted it since it got further. At `maxInterruptions` the job fails. */
  interruptions: optionalInteger,
  /** How long the waits are together that its handlers asked for in this run, in milliseconds. They use no attempt. */
  waitedMs: optionalInteger,
  /**
   * The `notBefore` at which a schedule brings the job back: no queue has its message until then. Outdated as soon as
   * `notBefore` is another one.
   */
  postponedUntil: optionalTime,
  /**
   * Of a debounced job: how many submissions have made it and replaced its payload, and until when it waits for more at
   * most. While it waits for them, its message is nowhere else.
   */
  debounced: z.optional(z.object({ submissions: integer, latestAt: epochMilliseconds })),
  /**
   * Since when no build had a handler for its type, and the `notBefore` until which it waits for one. Outdated as soon
   * as `notBefore` is another one.
   */
  noHandler: z.optional(z.object({ since: epochMilliseconds, until: epochMilliseconds })),
  /**
   * The key of the limit for whose next start the job waits, when its turn is, and the `notBefore` until which it
   * waits: shortly before. Outdated as soon as `notBefore` is another one.
   */
  turn: z.optional(z.object({ of: text, at: epochMilliseconds, until: epochMilliseconds })),
  /**
   * The limit for one of whose places the job waits: its key as people see it, how many places it has, and which room
   * they are; since when; the `updatedAt` of the write that says so; if the job does not stand in line any more, when
   * it was woken, and when a pointer was sent once more. Outdated as soon as `updatedAt` is another one.
   */
  awaitsPlace: z.optional(
    z.object({
      of: text,
      running: integer,
      room: text,
      since: epochMilliseconds,
      at: epochMilliseconds,
      wokenAt: optionalTime,
      sentAgainAt: optionalTime,
    }),
  ),
  /**
   * The pause that holds the job, by its name; since when; and the `updatedAt` of the write that says so. Outdated as
   * soon as `updatedAt` is another one.
   */
  paused: z.optional(z.object({ by: text, since: epochMilliseconds, at: epochMilliseconds })),
  /** The job's group, whose jobs run one at a time. */
  group: optionalText,
  /** The jobs that must have succeeded before this one may run. */
  dependsOn: z.optional(jobIds),
  /** When the job may run at the earliest, as submitted. */
  runAt: optionalTime,
  /** By when the job must have started, as submitted. */
  startBefore: optionalTime,
  /** Set once a job with a `startBefore` has started, or was retried by the user: it is for the first start only. */
  mayStartLate: flag,
  tags: z.optional(z.array(text)),
  /** Whom to tell that the job has ended. */
  notify: z.optional(z.array(notifyTarget)),
  /** The trace of the submission, if anybody is to be told. */
  traceparent: optionalText,
  /** How it is with each of these, in this run, as JSON text: see `recordsOf`. */
  notification: optionalText,
  /** Its place in the list of its tenant's jobs, see list-keys.ts. */
  listKey: optionalText,
  listPosition: optionalText,
  /** As its message has it: its tenant has a limit on unfinished jobs, on those of a group, or on those that wait. */
  counted: flag,
  countedInGroup: flag,
  countedWaits: flag,
  /**
   * Its place in the list of failed jobs, together with `listPosition`. Or in that of unfinished ones, if it is
   * counted: see `countedKeys`.
   */
  failedKey: optionalText,
  /** Its place among the unfinished jobs of its group, if these are counted. */
  groupKey: optionalText,
  /** Its place in the index of the jobs that wait outside of all queues, see list-keys.ts. */
  dueKey: optionalText,
  /** When somebody looks whether it still waits. */
  lookAt: optionalTime,
  /** Only what keeps late copies of its message from running it again is left of the job. */
  erased: flag,
  erasedBy: optionalText,
  /** The jobs that wait for this one. They are woken when it ends. */
  dependents: z.optional(z.set(text)),
  /** The id of the message by which admission admitted the job. Who got no answer to that write recognizes it. */
  admittedBy: optionalText,
  /** The receipt handle of a group's invisible message: while it is invisible, the rest of the group waits. */
  receiptHandle: optionalText,
  /**
   * The message as JSON text, kept when the queue no longer holds it, so that the job can be retried. Or where it is.
   */
  message: optionalText,
  /**
   * One more with each write that takes the message out of its run queue. Nobody removes it, and it never begins again.
   */
  stamp: optionalInteger,
  /** The `stamp` of that write, until a claim: older copies of the message are strays, which start nothing. */
  left: optionalInteger,
  /**
   * The object that the message was kept in last. It stays when a claim removes `message`: the process that ends the
   * job deletes the object, and a job that sleeps again has its message there already.
   */
  messageObject: optionalText,
  /**
   * The message of the first run as JSON text, where the stage keeps each from its submission on. Only who finds that
   * no queue has the message any more reads it. A large one is in `messageObject` instead.
   */
  keptMessage: optionalText,
  createdAt: epochMilliseconds,
  startedAt: optionalTime,
  updatedAt: epochMilliseconds,
  /**
   * When a copy last took the place of its message. It is proof that a queue has one, as `updatedAt` is: see stuck.ts.
   */
  seenAt: optionalTime,
  finishedAt: optionalTime,
  /** Epoch seconds; the table's TTL attribute, set when the job has finished. */
  expiresAt: optionalInteger,
});
export type JobItem = z.infer<typeof jobItem>;

/** Whether a job, started or not, waits outside of all queues. Its item keeps its message. */
export const isPostponed = ({ postponedUntil, notBefore }: JobItem): boolean =>
  postponedUntil !== undefined && postponedUntil === notBefore;

/**
 * Whether a copy of the message is older than the wait for which the message left its queue: the item keeps the
 * message, and leads to the job.
 */
export const isStray = ({ left = 0 }: JobItem, message: Pick<JobMessage, 'left'>): boolean =>
  left > (message.left ?? 0);

/** What every write does that takes the message out of its run queue. @param item as it was read */
export const leaving = (
  item: Pick<JobItem, 'stamp'> | undefined,
): Required<Pick<JobItem, 'stamp' | 'left'>> => {
  const stamp = (item?.stamp ?? 0) + 1;
  return { stamp, left: stamp };
};

/** What follows from these attributes is asked for by who has a whole item, and by who has read no more than them. */
type Some<Name extends keyof JobItem> = Pick<JobItem, Name>;

/**
 * Whether a debounced job waits for more submissions. Once it does not, it never does again: admission has let the job
 * run, or it has ended. A caller who has asked for its cancel wants no more of the job.
 */
export const waitsForSubmissions = ({
  status,
  debounced,
  run,
  admittedBy,
  startedAt,
  cancelRequested,
}: Some<'status' | 'debounced' | 'run' | 'admittedBy' | 'startedAt' | 'cancelRequested'>): boolean =>
  debounced !== undefined &&
  isWaiting(status) &&
  run === 1 &&
  admittedBy === undefined &&
  startedAt === undefined &&
  !cancelRequested;

/** Whether its payload can be replaced. */
export const isDebouncing = (item: JobItem): boolean =>
  item.message !== undefined && waitsForSubmissions(item);

/** The batches whose ends the job waits for. */
export const awaitedBatches = ({
  status,
  awaits,
  notBefore,
}: Some<'status' | 'awaits' | 'notBefore'>): readonly string[] =>
  isWaiting(status) && awaits?.until === notBefore ? (awaits?.batches ?? []) : [];

/** The same of a job in a group, whose message stays in its queue, hidden. */
export const waitsInGroup = (item: JobItem): boolean =>
  item.group !== undefined && awaitedBatches(item).length > 0;

/** Since when the job waits for a build that has a handler for its type; undefined if it does not. */
export const lacksHandlerSince = ({
  status,
  noHandler,
  notBefore,
}: Some<'status' | 'noHandler' | 'notBefore'>): number | undefined =>
  isWaiting(status) && noHandler?.until === notBefore ? noHandler?.since : undefined;

/** The turn that the job waits for, or that has come; undefined if it has none. */
export const turnInLine = ({
  status,
  turn,
  notBefore,
}: Some<'status' | 'turn' | 'notBefore'>): JobItem['turn'] | undefined =>
  (isWaiting(status) || isQueued(status)) && turn?.until === notBefore ? turn : undefined;

/** The pause that holds the job; undefined if none does. One that was resumed is in the index `due` like any other. */
export const pauseHolding = ({
  status,
  paused,
  updatedAt,
  dueKey,
  group,
}: Some<'status' | 'paused' | 'updatedAt' | 'dueKey' | 'group'>): JobItem['paused'] | undefined =>
  isWaiting(status) && paused?.at === updatedAt && (group !== undefined || isPausedPart(dueKey))
    ? paused
    : undefined;

/** The place that the job waits for, in line or since it was woken; undefined if it waits for none. */
export const placeAwaited = ({
  status,
  awaitsPlace,
  updatedAt,
}: Some<'status' | 'awaitsPlace' | 'updatedAt'>): JobItem['awaitsPlace'] =>
  (isWaiting(status) || isQueued(status)) && awaitsPlace?.at === updatedAt ? awaitsPlace : undefined;

/** Whether the job stands in a line: nobody has woken it. */
export const isInLine = ({ dueKey }: JobItem): boolean => isLinePart(dueKey);

/** When the job may run at the earliest, by its message and by its item. Copies of one key may have different times. */
export const dueAtOf = ({ options }: JobMessage, item: JobItem | undefined): number =>
  Math.max(options.runAt ?? 0, item?.runAt ?? 0, item && isPostponed(item) ? (item.notBefore ?? 0) : 0);

/**
 * When a job was submitted, as its handler is told: the message of a child that is made again has the time of its
 * round.
 */
export const submittedAtOf = (
  { createdAt }: Pick<JobItem, 'createdAt'>,
  { parent, submittedAt }: Pick<JobMessage, 'parent' | 'submittedAt'>,
): number => (parent ? createdAt : submittedAt);

type Names = Partial<Record<keyof JobItem, true>>;

/** What every item has. */
const required: Names = {
  ...{ id: true, version: true, tenant: true, type: true, status: true, run: true, fingerprint: true },
  ...{
    fencingToken: true,
    attempt: true,
    maxAttempts: true,
    history: true,
    createdAt: true,
    updatedAt: true,
  },
};
const isName = (name: string): name is keyof JobItem => Object.hasOwn(jobItem.shape, name);

/** The same schema, of these attributes alone, by their names. */
const schemas = new RecentMap<string, typeof jobItem>(200);

/** zod looks for each attribute of a schema: 10 µs for the 70 of an item, and 4 for the 20 that a usual one has. */
function schemaOf(stored: object): typeof jobItem {
  const names = Object.keys(stored);
  const key = names.join();
  const known = schemas.get(key);
  if (known) return known;
  const picked: Names = { ...required };
  for (const name of names) if (isName(name)) picked[name] = true;
  // What is left out is optional, and this item does not have it.
  const schema: typeof jobItem = z.pick(jobItem, picked as Required<Names>);
  schemas.set(key, schema);
  return schema;
}

/**
 * Reads an item as the table has it.
 * @throws NewerVersionError; ZodError if it is no job's item
 */
export function readItem(stored: unknown): JobItem {
  refuseNewerVersion(stored, 'item');
  return (typeof stored === 'object' && stored !== null ? schemaOf(stored) : jobItem).parse(stored);
}
