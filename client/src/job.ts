import type { JobStatus } from './job-status.ts';

/** The facts about a job that every answer has. Times are ISO 8601, UTC; `null` until reached. */
export interface ListedJob {
  readonly id: string;
  readonly type: string;
  readonly status: JobStatus;
  readonly progress: JobProgress | null;
  readonly attempt: number;
  readonly maxAttempts: number;
  /** How often it was handed over from one invocation to the next. */
  readonly slices: number;
  /** That of the last failed attempt. */
  readonly error: { readonly name: string; readonly message: string } | null;
  readonly group?: string | undefined;
  readonly dependsOn?: readonly string[] | undefined;
  /** The job that has spawned it, and its index in the batch. */
  readonly parent?: { readonly id: string; readonly index: number } | undefined;
  /** Where the children of the job are counted: `Client.batches` does. Absent if it has none. */
  readonly childrenUrl?: string | undefined;
  readonly runAt?: string | undefined;
  /** While it waits for another attempt, or sleeps: when it goes on, at the earliest. */
  readonly notBefore?: string | undefined;
  /** What it waits for, in words: `no handler for this type`. Absent where a worker may take it. */
  readonly waitReason?: string | undefined;
  /**
   * The answers that it waits for: the signal, the key to send the answer under, until when, and the question in the
   * job's words.
   */
  readonly waitsFor?:
    | readonly {
        readonly signal: string;
        readonly key: string;
        readonly until: string;
        readonly question?: string | undefined;
      }[]
    | undefined;
  readonly startBefore?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  /** About what it has cost so far, in US dollars, and what is counted. Absent until an attempt or slice has ended. */
  readonly cost?: { readonly usd: number; readonly counts: readonly string[] } | undefined;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly updatedAt: string;
  readonly finishedAt: string | null;
  readonly statusUrl: string;
}

/** A job as a batch is answered with. */
export interface AcceptedJob extends ListedJob {
  /** A page for people: everybody who has this address may look at the job. Absent without the right `read`. */
  readonly pageUrl?: string | undefined;
  /** Who is told of its end, and how it is with that. */
  readonly notification?: readonly NotificationState[] | undefined;
}

export interface Job<Result = unknown> extends AcceptedJob {
  /**
   * What the handler has returned; `null` until then, and if it is so large that it is in an object. Absent without the
   * right `read`.
   */
  readonly result?: Result | null | undefined;
  /** Where the result is that is large, or was streamed. */
  readonly resultObject?:
    | { readonly url: string; readonly bytes: number; readonly contentType: string }
    | undefined;
  /** Start and end of every attempt. */
  readonly history: readonly HistoryEntry[];
}

/** A job that has succeeded, with its result, however large. */
export interface SucceededJob<Result = unknown> extends Job<Result> {
  readonly status: 'succeeded';
  readonly result: Result;
}

/** The children that a job has spawned under one key. If the job is retried, those that did not succeed count anew. */
export interface Batch {
  readonly key: string;
  readonly type: string;
  readonly count: number;
  readonly ended: number;
  /** Of those that have ended. */
  readonly unsuccessful: number;
}

/** `expired`: it has ended, and is not kept any more. `not-sent`: its parent had ended before it was sent. */
export type ChildStatus = JobStatus | 'expired' | 'not-sent';

/** One child, as a job. */
export interface ChildJob<Result = unknown> extends Omit<Job<Result>, 'status'> {
  readonly status: ChildStatus;
}

/** One child of a batch. */
export interface Child {
  /** From 0. */
  readonly index: number;
  readonly id: string;
  readonly status: ChildStatus;
  /** What its parent calls it, the name first, as soon as a worker has claimed it. */
  readonly tags?: readonly string[] | undefined;
  /** Why it failed. */
  readonly error?: { readonly name: string; readonly message: string } | undefined;
  /** Where it is found, as soon as a worker has claimed it. */
  readonly statusUrl: string;
}

/** A job: its id, its status URL, or what the client has answered with. */
export type JobReference<Result = unknown> = string | Job<Result> | { readonly id: string };

export interface JobProgress {
  readonly percent: number;
  readonly message: string | null;
}

export interface HistoryEntry {
  readonly event: string;
  readonly at: string;
  readonly attempt: number;
  readonly error?: string | undefined;
  /** Of a `put-off` that stands for several in a row: how many, and when the last one was. `at` is the first one. */
  readonly times?: number | undefined;
  readonly lastAt?: string | undefined;
  /** Who canceled or retried the job: of the last cancel and the last retry. And who sent an answer (`signaled`). */
  readonly by?: string | undefined;
  /** Of an answer: its signal and key, what the job asked, and what people read of the answer. */
  readonly signal?: string | undefined;
  readonly key?: string | undefined;
  readonly question?: string | undefined;
  readonly answer?: string | undefined;
}

/** Who is told that a job has ended. */
export type NotifyTarget = { readonly url: string } | { readonly email: string } | { readonly event: true };

export interface NotificationState {
  readonly target: NotifyTarget;
  /** `failed`: it was given up. */
  readonly status: 'pending' | 'delivered' | 'failed';
  readonly attempts: number;
  readonly lastError?: string | undefined;
}

/** A job type of the stage. */
export interface JobType {
  readonly type: string;
  readonly queue: string;
  readonly timeoutSeconds: number;
  readonly maxAttempts: number;
  /** How long a job waits between two attempts: from 0 to a bound, which grows by the factor with each. */
  readonly retry: { readonly firstSeconds: number; readonly factor: number; readonly maxSeconds: number };
  /** Set for a type whose jobs nobody submits: what to use instead. */
  readonly reserved?: string | undefined;
  /** JSON Schemas. */
  readonly payload?: unknown;
  readonly result?: unknown;
  /** Of the answers that its jobs may wait for, by the name of the signal. */
  readonly signals?: Readonly<Record<string, unknown>> | undefined;
}

/** A recurring schedule of the stage. */
export interface Schedule {
  readonly name: string;
  readonly cron: string;
  readonly timeZone: string;
  readonly type: string;
  readonly tenant: string;
  readonly payload: unknown;
  readonly paused: boolean;
  readonly nextRuns: readonly string[];
  /** The newest first. */
  readonly lastJobs: readonly Pick<ListedJob, 'id' | 'status' | 'runAt' | 'createdAt' | 'statusUrl'>[];
}
