import type { Jsonify } from 'type-fest';
import type * as z from 'zod/v4/core';
import type { Log } from '../domain/base/ports.ts';
import type { NotifyTarget } from '../domain/notify/notification.ts';
import type { ContractQueue, Contracts, JobContract, SignalSchemas } from './contract.ts';
import type { FirstOf, FirstOfAll, LinkOptions, SignalOptions, WaitOptions } from './waits.ts';

/** What a handler is given beside its payload. */
export interface JobContext<
  State = unknown,
  Signals extends SignalSchemas = SignalSchemas,
  Parts extends string = string,
> {
  readonly id: string;
  readonly tenant: string;
  /** From 1. One more with each retry by the user. */
  readonly run: number;
  /** Epoch milliseconds. The same in every attempt. */
  readonly submittedAt: number;
  /** From 1. Counts crashed attempts too, and starts at 1 again after a hand-over. */
  readonly attempt: number;
  /**
   * Grows with every attempt and is never used again. Effects outside the table happen at least once: give `id` as the
   * idempotency key, and `fencingToken` as the fencing token, to whatever you call.
   */
  readonly fencingToken: number;
  /** Aborted on cancel, on the contract's timeout and before the function's end. Pass it on to what you await. */
  readonly signal: AbortSignal;
  readonly log: Log;
  /**
   * W3C Trace Context: send it as the header `traceparent` with what the job calls. That of the attempt if the stage
   * sends spans, or else that of the submission, if it had one.
   */
  readonly traceparent?: string | undefined;
  /**
   * The time, epoch milliseconds, and a random UUID. They differ from one attempt to the next: save what the job must
   * not change its mind about. A test can set them, unlike `Date.now()` and `Math.random()`.
   */
  now(): number;
  uuid(): string;
  /** The state that was saved last, if there is one: go on from there. */
  readonly resume: State | undefined;
  /** Reports how far the job is, 0 to 100. Costs no write of its own. A lower figure than before is not shown. */
  progress(percent: number, message?: string): void;
  /** An object that the payload names. @throws MissingObjectError, when it is read, if there is none */
  object(name: string): JobObject;
  /**
   * The job's result as a stream of bytes, beside what the handler returns. What was written before the state that the
   * job goes on from is kept. Becomes an object when the handler returns. `contentType` counts when it is first called.
   * In a type with steps, only the work of a step writes, one at a time: what it writes is stored with its result.
   * @throws InvalidResultError for a `contentType` that is not 1 to 256 characters of printable ASCII
   */
  output(options?: { readonly contentType?: string }): JobOutput;
  /** How many bytes of that stream earlier slices have written. */
  readonly outputBytes: number;
  /** Waits inside the function. @throws the signal's reason as soon as it is aborted */
  pause(seconds: number): Promise<void>;
  /**
   * Makes a call that the contract limits in `partLimits`, when there is a start for it: one that is up to ten seconds
   * away is waited for here. For a later one the job waits outside of its worker, and then begins again from what it
   * has saved, without using an attempt: put each such call in a step of its own, or save a state after it. Of a part
   * with `spacing: 'strict'` it is the only call at its time.
   * @param call give its signal to what it awaits: that is `job.signal`, and ends a strict call that takes too long
   * @returns what `call` returns
   * @throws LimitWaitError if the job has to wait: do not catch it. Whatever `call` throws: its start is used up then,
   * too. TimeoutError (DOMException) for a strict call without an answer in time. StepError for a name that the
   * contract does not have
   */
  limit<Result>(name: Parts, call: (signal: AbortSignal) => Result | Promise<Result>): Promise<Result>;
  /**
   * Call it at loop boundaries, and do not catch what it throws. It saves the state every few seconds. When the time of
   * the invocation is nearly over it hands the job over to the next one, which gets the state as `resume`.
   * With `flush` it returns when the state is stored: use it before an effect that must be known of after a crash.
   * @throws CheckpointError if the state does not fit the contract, or is larger than 8 MB as JSON
   */
  checkpoint(state: State, options?: { readonly flush?: boolean }): Promise<void>;
  /**
   * Does `work` once, as far as anybody can tell: its result is stored under the key, and in every later slice or
   * attempt the call returns it at once. The work itself may be done again if the worker dies before the result is
   * stored, so give whatever it calls an idempotency key, such as `id` and the step's key. The contract says `hasSteps:
   * true`.
   * @param key one of its own for each step of the job, up to 200 characters
   * @returns what JSON makes of the result
   * @throws StepFailedError with `retries`, when the last try has failed: now, and in every later attempt of this run.
   * Without `retries`, whatever `work` throws. StepError for a key that comes twice, a step inside another one, and
   * results of more than 8 MB together
   */
  step<Result>(
    key: string,
    work: () => Result | Promise<Result>,
    options?: StepOptions,
  ): Promise<StepResult<Result>>;
  /**
   * Waits until a time, which is set when the call is first made. It ends this slice, once all steps that are running
   * are stored; the job costs nothing till then. The contract says `hasSteps: true`. With a `signal` it waits until
   * somebody has sent an answer, and with `children` until all of these have ended, too: what came first is stored, and
   * every later call returns the same.
   * @param key one of its own, as that of a step. The sender of an answer names the key
   */
  waitFor<Name extends keyof Signals & string = never, Batch extends AnyBatch = never>(
    key: string,
    wait: FirstOptions<Name, Batch>,
  ): Promise<
    [Batch] extends [never]
      ? [Name] extends [never]
        ? void
        : FirstOf<z.output<Signals[Name]>>
      : FirstOfAll<z.output<Signals[Name]>>
  >;
  /**
   * Waits for an answer that somebody sends to the job: see docs/signals.md. It ends this slice as `waitFor` does. An
   * answer that came before is returned at once. The contract says `hasSteps: true`, and has the shape of the answer in
   * `signals`.
   * @returns the answer, the same in every later call
   * @throws SignalTimeoutError if none came in time: the wait is closed then, and no later answer is taken, until the
   * user retries the job. StepError for a name that the contract does not have, and for a key that comes twice
   */
  waitForSignal<Name extends keyof Signals & string>(
    name: Name,
    wait: SignalOptions,
  ): Promise<z.output<Signals[Name]>>;
  /**
   * An address for somebody who answers this job without an account: a page with a form, for this one wait. Anybody who
   * has the address may answer, so send it to nobody else, and log it nowhere. Each call makes another one: where it
   * must stay the same, call it in a step. The contract has the shape of the answer in `signals`.
   * @throws StepError for a name that the contract does not have, and for times and texts that are too long
   */
  signalLink(name: keyof Signals & string, options?: LinkOptions): Promise<string>;
  /**
   * Makes jobs of another type that run on their own, and returns when all are sent; a handler that is started again
   * finds them under the key. The contract says `hasSteps: true`.
   * @param key one of its own, as that of a step
   * @param contract of the children's type. Neither it nor their number may change under the key
   * @throws PlanChangedError if they do, or `any` or `tolerate`; StepError for more than 100,000 children, and for a
   * payload that does not fit
   */
  spawn<Contract extends JobContract>(
    key: string,
    contract: Contract,
    children: Children<Contract>,
  ): Promise<ChildBatch<Contract>>;
  /** Makes one job of another type, and waits for its result. @throws ChildrenFailedError if it did not succeed */
  call<Contract extends JobContract>(
    key: string,
    contract: Contract,
    payload: SubmittedPayload<Contract>,
  ): Promise<ChildResult<Contract>>;
  /**
   * Submits an ordinary job, and does not wait for it: as a submission over HTTP does, with the tenant of this job. A
   * handler that is started again finds it under the key. The contract says `hasSteps: true`.
   * @param key one of its own, as that of a step
   * @param contract of the job's type. Neither it nor the payload or the options may change under the key
   * @returns its id
   * @throws PlanChangedError if they do; StepError for a payload or for options that a submission is refused for
   */
  submit<Contract extends JobContract>(
    key: string,
    contract: Contract,
    payload: SubmittedPayload<Contract>,
    options?: SubmitOptions,
  ): Promise<{ readonly id: string }>;
  /**
   * Ends this slice. The job goes on after the given seconds, with `state` as `resume`, and costs nothing till then.
   */
  sleep(seconds: number, state: State): Promise<never>;
}

/** What a step returns, as JSON has it: a date is a text. Nothing stays nothing. */
export type StepResult<Result> = Result extends void ? undefined : Jsonify<Result>;

export interface StepOptions {
  /**
   * How often a failed step is tried again, after the contract's `retry`. These tries use no attempt of the job.
   * Default: the step is not tried again by itself, and what it throws ends the attempt, unless the handler catches it.
   */
  readonly retries?: number;
}

/** Children that were spawned, whatever their type is. */
export type AnyBatch = Pick<ChildBatch<JobContract>, 'key'>;

/** What a job waits for: a time, or what comes first of a time, an answer, and the ends of children. */
export type FirstOptions<Name extends string, Batch extends AnyBatch> =
  | (WaitOptions & { readonly signal?: Name; readonly children?: undefined })
  | (Partial<WaitOptions> & {
      readonly signal?: Name;
      /** All that were spawned under one key. Without `until` the job waits for up to 366 days. */
      readonly children: Batch;
    });

export interface SpawnOptions {
  /** What becomes of children that have not ended when this job has. Default: they are canceled. */
  readonly whenParentEnds?: 'cancel' | 'leave';
  /**
   * This job goes on as soon as so many children have succeeded, or when all have ended. 1 to 100, and no more than
   * there are.
   */
  readonly any?: number | undefined;
  /** This job goes on as soon as more children than this have not succeeded, or when all have ended. 0 to 100. */
  readonly tolerate?: number | undefined;
}

/** What the children of a batch have come to, when their parent goes on. */
export interface SettledChildren {
  readonly succeeded: number;
  readonly unsuccessful: number;
  /** Others had not ended yet: `any` or `tolerate` has decided. */
  readonly isEarly?: true | undefined;
}

/** What a submission may say of its job, as docs/api.md has it. */
export interface SubmitOptions {
  readonly group?: string;
  readonly dependsOn?: readonly string[];
  readonly delaySeconds?: number;
  readonly runAt?: Date;
  readonly startBefore?: Date;
  readonly tags?: readonly string[];
  readonly notify?: readonly NotifyTarget[];
}

/** One entry of the list that the payload of a child is. */
export type PartOf<Contract extends JobContract> =
  SubmittedPayload<Contract> extends readonly (infer Part)[] ? Part : never;

/**
 * The payloads of children: a list, or how many and what each gets. It must get the same in every attempt. With
 * `chunk`, these are parts, and each child gets a list of so many of them; only the last child may get fewer.
 */
export type Children<Contract extends JobContract> = SpawnOptions & {
  /**
   * The group that all children are in, or that each is in. In a group they run one at a time, in the order of their
   * indexes. It must be the same in every attempt, and no group that this job or an ancestor of it is in.
   */
  readonly group?: string | ((index: number) => string | undefined) | undefined;
  /**
   * Words to find each child by, as a submission's `tags`: the first is what lists of children show it as. A child with
   * tags costs one index write more. In the payload that it gets here, each secret field is `[secret]`.
   */
  readonly tags?: ((payload: SubmittedPayload<Contract>, index: number) => readonly string[]) | undefined;
} & (
    | (Payloads<SubmittedPayload<Contract>> & { readonly chunk?: undefined })
    | (Payloads<PartOf<Contract>> & { readonly chunk: number })
  );

type Payloads<Payload> =
  | { readonly list: readonly Payload[] }
  | { readonly count: number; readonly payload: (index: number) => Payload };

/** What a child has returned, as JSON has it. */
export type ChildResult<Contract extends JobContract> = StepResult<z.output<Contract['result']>>;

/** What a child has written to its output. */
export interface ChildOutput {
  /** For a field `zObject()` of a job that this one spawns or submits. */
  readonly name: string;
  readonly bytes: number;
  readonly contentType: string;
  /** As the bytes of a job's object. @throws MissingObjectError if they are not kept any longer */
  stream(options?: { readonly from?: number }): AsyncIterable<Uint8Array>;
}

/** What a child has come to. */
export type Child<Contract extends JobContract> = { readonly index: number; readonly id: string } & (
  | {
      readonly status: 'succeeded';
      readonly result: ChildResult<Contract>;
      /** If it has opened its output. */
      readonly output?: ChildOutput | undefined;
    }
  | {
      readonly status: 'failed' | 'canceled';
      readonly error: { readonly name: string; readonly message: string };
    }
);

/**
 * Children that were spawned under one key. Each call ends this slice until all of them have ended, or until `any` or
 * `tolerate` has decided. What is decided is stored, and stays.
 */
export interface ChildBatch<Contract extends JobContract> {
  /** That under which they were spawned. */
  readonly key: string;
  readonly count: number;
  /** @returns how many have succeeded, and how many have not: the same in every later attempt */
  settled(): Promise<SettledChildren>;
  /**
   * @throws ChildrenFailedError, with some of their errors, unless all have succeeded; with `any`, unless so many have;
   * with `tolerate` alone, if more than that have not
   */
  succeeded(): Promise<void>;
  /**
   * In the order of their indexes. If `any` has been met, those that it was met by; if `tolerate` was exceeded, those
   * that have ended by now.
   * @throws ChildExpiredError for one whose item is not kept any longer
   */
  results(): AsyncIterableIterator<Child<Contract>>;
}

/** An object in the stage's bucket, as a handler reads it. */
export interface JobObject {
  readonly name: string;
  /** @returns bytes */
  size(): Promise<number>;
  /**
   * Its bytes, from a position to the end. Where the connection breaks, it goes on by itself; to go on in the next
   * slice, save the position. @param from bytes from the beginning
   */
  stream(options?: { readonly from?: number }): AsyncIterable<Uint8Array>;
}

/** A result as a handler writes it, of up to 5 GB. */
export interface JobOutput {
  /** How many bytes are written, those of earlier slices counted. */
  readonly bytes: number;
  /** Adds to the end. Resolves when there is room for more. A text is written as UTF-8. */
  write(chunk: string | Uint8Array): Promise<void>;
}

/** What a handler gets as its payload: the output of the contract's schema. */
export type PayloadOf<Contract extends JobContract> = z.output<Contract['payload']>;
/** What a job is submitted with: the input of that schema, in which what has a default may be missing. */
export type SubmittedPayload<Contract extends JobContract> = z.input<Contract['payload']>;
/** What a handler returns: the input of the contract's schema. */
export type ResultOf<Contract extends JobContract> = z.input<Contract['result']>;
/** The state that a handler saves. */
export type CheckpointOf<Contract extends JobContract> =
  Contract extends JobContract<z.$ZodType, z.$ZodType, infer State> ? z.output<State> : never;

/** The shapes of the answers that a handler may wait for. */
export type SignalsOf<Contract extends JobContract> = NonNullable<Contract['signals']>;

/** The names of the calls that a handler may limit. */
export type PartNameOf<Contract extends JobContract> = keyof NonNullable<Contract['partLimits']> & string;

/**
 * Does the job. Throw a `PermanentError` for what another attempt cannot mend. Anything else that is thrown leads to
 * another attempt after a while, as long as the contract allows one.
 */
export interface JobHandler<Contract extends JobContract> {
  (
    payload: PayloadOf<Contract>,
    job: JobContext<CheckpointOf<Contract>, SignalsOf<Contract>, PartNameOf<Contract>>,
  ): ResultOf<Contract> | Promise<ResultOf<Contract>>;
  /**
   * Ends what the job has started elsewhere, before the job is canceled. It is called at least once, perhaps while a
   * worker that was given up is still running, and again until it succeeds; a `PermanentError` ends that. Its contract
   * says `hasCancel: true`. Set it by `withCancel`.
   */
  readonly cancel?: CancelHandler<Contract>;
}

export type CancelHandler<Contract extends JobContract> = (
  payload: PayloadOf<Contract>,
  job: CanceledJob<CheckpointOf<Contract>>,
) => Promise<void>;

/** What a handler's `cancel` is given. `resume` is the state that was stored last. `signal` ends its time. */
export type CanceledJob<State = unknown> = Pick<
  JobContext<State>,
  'id' | 'tenant' | 'run' | 'submittedAt' | 'resume' | 'signal' | 'log' | 'now'
>;

/** A handler with a `cancel`. */
export const withCancel = <Contract extends JobContract>(
  run: (...all: Parameters<JobHandler<Contract>>) => ReturnType<JobHandler<Contract>>,
  cancel: CancelHandler<Contract>,
): JobHandler<Contract> =>
  Object.assign((...all: Parameters<JobHandler<Contract>>) => run(...all), { cancel });

/** The handlers of all types that run from a queue. The compiler refuses a catalog in which one is missing. */
export type HandlersOf<Catalog extends Contracts, Queue extends ContractQueue> = {
  readonly [Type in keyof Catalog as Catalog[Type]['queue'] extends Queue ? Type : never]: JobHandler<
    Catalog[Type]
  >;
};

/** Handlers by type, when it no longer matters which payload each of them takes. */
export type Handlers = Readonly<Record<string, AnyHandler>>;

export interface AnyHandler {
  (payload: never, job: JobContext<never>): unknown;
  readonly cancel?: (payload: never, job: CanceledJob<never>) => Promise<void>;
}
