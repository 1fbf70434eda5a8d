import type { ChildOptions } from './children.ts';
import type { Contracts, PayloadOf, ResultOf, TypeName } from './contracts.ts';
import type {
  Batch,
  Child,
  ChildJob,
  Job,
  JobReference,
  JobType,
  ListedJob,
  Schedule,
  SucceededJob,
} from './job.ts';
import type { ListOptions } from './list.ts';
import type { JobOptions, SubmitOptions } from './submit.ts';
import type { Submitted } from './submit-all.ts';
import type { UploadBody, UploadOptions } from './upload.ts';
import type { WaitOptions } from './wait.ts';

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** A job of one of the known types, with a payload that fits. */
export type SubmissionOf<Known extends Contracts> = {
  [Type in TypeName<Known>]: JobOptions & { readonly type: Type; readonly payload: PayloadOf<Known, Type> };
}[TypeName<Known>];

export interface SignalOptions extends CallOptions {
  /** The key of the wait. Default: the signal's name. */
  readonly key?: string | undefined;
}

/**
 * A client of one stage. Every call rejects with a `ProblemError` for what the API refuses, a `NetworkError` without an
 * answer, and the reason of its `signal`; with a `TypeError` for what is no job of this stage.
 */
export interface Client<Known extends Contracts = Contracts> {
  /** Submits a job, once, however often it has to be sent. @throws InvalidRequestError, KeyReusedError */
  submit<Type extends TypeName<Known>>(
    type: Type,
    payload: PayloadOf<Known, Type>,
    options?: SubmitOptions,
  ): Promise<Job<ResultOf<Known, Type>>>;

  /** Submits any number of jobs, in batches. Each is accepted or refused for itself; the answers are in their order. */
  submitAll(jobs: readonly SubmissionOf<Known>[], options?: CallOptions): Promise<readonly Submitted[]>;

  /** The job as it is now. */
  get<Result>(job: JobReference<Result>, options?: CallOptions): Promise<Job<Result>>;

  /**
   * Waits until the job has succeeded.
   * @throws JobFailedError, JobCanceledError; WaitTimeoutError, and the job goes on
   */
  wait<Result>(job: JobReference<Result>, options?: WaitOptions): Promise<SucceededJob<Result>>;

  /** The job as it is, then each change of it, up to its end. */
  watch<Result>(job: JobReference<Result>, options?: CallOptions): AsyncIterableIterator<Job<Result>>;

  /** What the handler has returned, however large. @throws NotFoundError if the job has not succeeded */
  result<Result>(job: JobReference<Result>, options?: CallOptions): Promise<Result>;

  /**
   * What `GET /jobs/{id}/result` leads to, such as the file that a job has streamed, as a body that has not been read.
   * @throws NotFoundError if the job has not succeeded
   */
  download(job: JobReference, options?: CallOptions): Promise<Response>;

  /** A running job is canceled when its worker sees to it: wait for its end. @throws ConflictError if it has ended */
  cancel<Result>(job: JobReference<Result>, options?: CallOptions): Promise<Job<Result>>;

  /**
   * Runs a failed or canceled job again. If this rejects with `UnavailableError` or `NetworkError`, it may have
   * happened: look at the job.
   * @throws ConflictError unless the job has failed or was canceled
   */
  retry<Result>(job: JobReference<Result>, options?: CallOptions): Promise<Job<Result>>;

  /**
   * Sends an answer to a job that waits for one, or will: as the type of the job has it for this signal. The same
   * answer again changes nothing.
   * @throws InvalidRequestError if it does not fit; ConflictError if another answer was sent under the key, it comes
   * too late, or the job has ended
   */
  signal<Result>(
    job: JobReference<Result>,
    name: string,
    answer?: unknown,
    options?: SignalOptions,
  ): Promise<Job<Result>>;

  /**
   * Removes a job that has ended, its children, and all that is kept of them. With many children, a bulk action goes on
   * after this.
   * @throws ConflictError until all have ended
   */
  erase(job: JobReference, options?: CallOptions): Promise<void>;

  /** Jobs, newest first, page by page as they are read. */
  list(filter?: ListOptions): AsyncIterableIterator<ListedJob>;

  /** How far the children of a job are, batch by batch, as it has spawned them. None for a job without children. */
  batches(job: JobReference, options?: CallOptions): Promise<readonly Batch[]>;

  /**
   * The children of one batch, in the order of their indexes, page by page as they are read.
   * @throws NotFoundError if the job has no batch of this key
   */
  children(job: JobReference, key: string, options?: ChildOptions): AsyncIterableIterator<Child>;

  /**
   * One child of a batch, as a job, also before a worker has claimed it.
   * @throws NotFoundError if the batch has no child of this index
   */
  child(job: JobReference, key: string, index: number, options?: CallOptions): Promise<ChildJob>;

  /**
   * Cancels one child, also before a worker has claimed it. It counts as one that did not succeed.
   * @throws ConflictError if it has ended, was never sent, or is about to be made again
   */
  cancelChild(job: JobReference, key: string, index: number, options?: CallOptions): Promise<Job>;

  /**
   * Asks that those children of a batch which do not succeed are made again, once, when all have ended. If this rejects
   * with `UnavailableError` or `NetworkError`, it may have been asked.
   * @returns the job that has spawned them
   * @throws ConflictError unless the job waits for them, and when all have ended: then retry the job
   */
  retryChildren<Result>(job: JobReference<Result>, key: string, options?: CallOptions): Promise<Job<Result>>;

  /** Uploads what is too large for a payload. @returns the object's name, for a payload */
  upload(body: UploadBody, options?: UploadOptions): Promise<string>;

  jobTypes(options?: CallOptions): Promise<readonly JobType[]>;

  /** The recurring schedules. They are for operators, and so are the next three. */
  schedules(options?: CallOptions): Promise<readonly Schedule[]>;

  /** Submits a job of a schedule now. The same key is the same job. */
  runSchedule(name: string, options?: CallOptions & { readonly idempotencyKey?: string }): Promise<Job>;
  pauseSchedule(name: string, options?: CallOptions): Promise<Schedule>;
  resumeSchedule(name: string, options?: CallOptions): Promise<Schedule>;
}
