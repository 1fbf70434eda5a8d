import type { JobContract } from '../../author/contract.ts';
import type { AnyBatch, FirstOptions, JobContext, StepOptions } from '../../author/handler.ts';
import type { JobOrder } from '../../author/job-order.ts';
import type { SecretValues } from '../../author/secret-values.ts';
import type { LinkOptions, SignalOptions } from '../../author/waits.ts';
import type { SignalLinks } from '../../domain/access/signal-links.ts';
import { asError, StepError } from '../../domain/base/errors.ts';
import { never } from '../../domain/base/never.ts';
import type { Clock, Log, Random } from '../../domain/base/ports.ts';
import type { ObjectStore } from '../../domain/objects/object-ports.ts';
import { type JobItem, submittedAtOf } from '../../domain/state/job/item.ts';
import type { JobMessage } from '../../domain/state/job/message.ts';
import type { StartRates } from '../../domain/state/limits/start-rate.ts';
import { childrenOf } from '../children/child-batch.ts';
import { JobChildren, type SpawnDependencies } from '../children/job-children.ts';
import { JobSubmissions, type JobSubmitter, submitBy } from '../children/job-submissions.ts';
import type { Plan } from '../children/spawn-plan.ts';
import { callAfter, limitParts } from '../gates/limit-parts.ts';
import { readCheckpoint, writeCheckpoint } from '../hold/checkpoint-text.ts';
import { HandOver } from '../hold/error-policy.ts';
import { checkpointEveryMs, type Heartbeat } from '../hold/heartbeat.ts';
import type { OutputStream } from '../hold/output-stream.ts';
import type { AttemptReporter } from '../hold/report-attempt.ts';
import { fitsItem, storeState } from '../hold/saved-states.ts';
import type { StateObjects } from '../hold/state-objects.ts';
import { jobLink } from '../steps/job-links.ts';
import { JobSignals } from '../steps/job-signals.ts';
import { JobSteps, type OpenWaits, type SliceEnd } from '../steps/job-steps.ts';
import type { SignalMemo } from '../steps/signal-memo.ts';
import type { StepMemo } from '../steps/step-memo.ts';
import { StepOutput } from '../steps/step-output.ts';
import { waitForFirst } from './first-wait.ts';
import { bytesOf, objectOf } from './job-object.ts';

interface Running {
  readonly item: JobItem;
  readonly message: Pick<JobMessage, 'submittedAt' | 'run' | 'options' | 'parent' | 'payload'>;
  readonly contract: JobContract | undefined;
  readonly controller: AbortController;
  readonly heartbeat: Heartbeat;
  readonly secrets: SecretValues;
  readonly output: OutputStream;
  readonly states: StateObjects;
  readonly reporter: Pick<AttemptReporter, 'span' | 'traceparent'>;
  /** If its type has steps. */
  readonly memo?: StepMemo | undefined;
  readonly waits: OpenWaits;
  /** If its type has signals. */
  readonly signals?: SignalMemo | undefined;
  /** The state that it saved last, as JSON text. */
  readonly resumed: string | undefined;
  /** By when the slice must have ended, epoch milliseconds. */
  readonly endsAt: number;
  /** A checkpoint hands over when less than this is left, whatever the job's steps take. */
  readonly reserveMs: number;
  /** Whether the worker is to stop. Then a checkpoint hands over, too. */
  readonly isStopping: () => boolean;
}

interface ContextDependencies {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly objects: ObjectStore;
  readonly spawning: SpawnDependencies & { readonly submitter?: JobSubmitter | undefined };
  /** Absent where no job waits for an answer. */
  readonly links?: Pick<SignalLinks, 'make'> | undefined;
  readonly startRates: StartRates;
}

/** Why a state is taken: the slice ends with it, or the handler waits until it is stored. */
interface Keeping {
  readonly isLast: boolean;
  readonly isFlushed?: boolean;
}

const theSteps = '`hasSteps: true`';
const theJobs = `${theSteps}, or the job is replayed`;

/** A handler has called what its contract does not ask for. @throws StepError */
function required<T>(part: T | undefined, lacking: string): T {
  if (part !== undefined) return part;
  throw new StepError(`the contract of this type has no ${lacking}`);
}

const maxSleepSeconds = 366 * 24 * 3600;

/** Steps vary in length, and the next checkpoint must come in time. */
const safetyFactor = 1.5;

/**
 * What a running handler is given.
 * @throws CheckpointError if the state that it saved earlier cannot be read
 */
export function jobContext(
  {
    item,
    message,
    contract,
    controller,
    heartbeat,
    secrets,
    output,
    states,
    memo,
    waits,
    signals,
    reporter,
    resumed,
    ...slice
  }: Running,
  { clock, random, log, objects, spawning, links, startRates }: ContextDependencies,
): JobContext {
  const { signal } = controller;
  const { isTimeOver, sliceEnd } = timeKeeper({ resumed, ...slice }, clock);
  const handOver = (sleepMs?: number): never => {
    const { isOver, forSignals } = signals?.atEnd() ?? {};
    const forChildren = jobChildren?.atEnd(waits.firstEnd < Infinity);
    controller.abort(new HandOver(isOver ? undefined : sleepMs, forSignals, forChildren));
    throw asError(signal.reason);
  };
  const stepOutput = memo && new StepOutput({ item, stream: output, memo, states }, { objects, random });
  const stepping = memo &&
    stepOutput &&
    contract && {
      ...{ contract, run: message.run, memo, output: stepOutput },
      ...{ secrets, signal, sliceEnd, waits, handOver },
    };
  const jobSteps = stepping && new JobSteps(stepping, { clock, random });
  const steps = (): JobSteps => required(jobSteps, theSteps);
  const jobSignals =
    jobSteps && stepping && signals && new JobSignals({ ...stepping, steps: jobSteps, signals, clock });
  const jobChildren =
    jobSteps && memo
      ? new JobChildren(
          { item, message, steps: jobSteps, memo, heartbeat, sliceEnd, traceparent: reporter.traceparent },
          spawning,
        )
      : undefined;
  const children = (): JobChildren => required(jobChildren, theJobs);
  const { submitter } = spawning;
  const ofJob = { item, heartbeat, sliceEnd, traceparent: reporter.traceparent };
  const jobSubmissions =
    jobSteps && memo && submitter && new JobSubmissions({ ...ofJob, steps: jobSteps, memo, submitter });
  const submissions = (): JobSubmissions => required(jobSubmissions, theJobs);
  const answers = (): JobSignals => required(jobSignals, '`signals`');
  const waiting = () => {
    return { run: message.run, steps: steps(), memo: required(memo, theSteps), children, answers, clock };
  };
  // What steps write is stored with them, and with no state.
  const streamed = stepOutput ? { isOpen: false, snapshot: () => undefined } : output;
  const waitForPart = limitParts({ item, message, contract, signal, sliceEnd }, { clock, log, startRates });
  let storedAt = clock.now();
  const bytesAtStart = output.bytes;
  const isNew = (text: string): boolean => text !== resumed || output.bytes !== bytesAtStart;
  /**
   * Takes a state for the next write, and stores what the item has no room for: every few seconds, and before the end.
   */
  const keep = async (text: string, { isLast, isFlushed = false }: Keeping): Promise<void> => {
    if (fitsItem(text, streamed)) {
      heartbeat.keep({ checkpoint: text }, { isNew: isNew(text) });
      if (isFlushed) return heartbeat.flush();
      return isLast ? undefined : heartbeat.saveIfDue();
    }
    if (!isLast && !isFlushed && clock.now() - storedAt < checkpointEveryMs) return;
    storedAt = clock.now();
    // Only now: it copies what is not sent yet, and a handler may call for every line that it writes.
    const saved = await storeState(item, { text, output: streamed.snapshot() }, { objects, random });
    states.keep(saved);
    heartbeat.keep(saved, { isNew: isNew(text) });
    if (isFlushed) return heartbeat.flush();
    return isLast ? undefined : heartbeat.saveNow();
  };
  const observed = <Calls extends object>(prefix: string, calls: Calls): Calls =>
    reporter.span?.observe(prefix, calls) ?? calls;
  const within = { heartbeat, output, signal };
  const calls = observed('', {
    write: (chunk: string | Uint8Array) => (stepOutput ?? output).write(chunk),
    pause: (seconds: number) => clock.sleep(seconds * 1000, signal),
    waitForPart,
    checkpoint: async (state: unknown, { flush = false } = {}) => {
      // Nothing may be awaited before this: the handler may change the state when the call returns.
      const text = writeCheckpoint(contract, state, secrets);
      const isOver = isTimeOver(text);
      await keep(text, { isLast: isOver, isFlushed: flush && !isOver });
      if (isOver) handOver();
    },
    step: async (key: string, work: () => unknown, options?: StepOptions) => steps().step(key, work, options),
    waitFor: async (key: string, wait: FirstOptions<string, AnyBatch>) => {
      const { signal, question } = wait;
      if (signal === undefined && question !== undefined)
        throw new StepError('a question is for a wait with a signal');
      if (wait.children) return waitForFirst(key, { ...wait, children: wait.children.key }, waiting());
      return signal === undefined ? steps().waitFor(key, wait) : answers().waitFor(key, { ...wait, signal });
    },
    waitForSignal: async (name: string, options: SignalOptions) => answers().waitForSignal(name, options),
    signalLink: async (name: string, options: LinkOptions = {}) =>
      jobLink({ item, contract, run: message.run, memo }, { ...options, name }, { links, clock }),
    spawn: async (key: string, plan: Plan) => children().spawn(key, plan),
    settled: async (key: string, plan: Plan) => children().settled(key, plan),
    ends: async (key: string, from: number) => children().ends(key, from),
    submit: async (key: string, ordered: JobOrder) => submissions().submit(key, ordered),
    sleep: async (seconds: number, state: unknown) => {
      if (!(seconds >= 0 && seconds <= maxSleepSeconds))
        throw new RangeError(`a job cannot sleep for ${seconds} seconds`);
      await keep(writeCheckpoint(contract, state, secrets), { isLast: true });
      return handOver(Math.ceil(seconds * 1000));
    },
  });
  const writeOutput = guarded(calls.write, within);
  const waitGuarded = guarded(calls.waitForPart, within);
  const childCalls = {
    spawn: guarded(calls.spawn, within),
    settled: guarded(calls.settled, within),
    ends: guarded(calls.ends, within),
    read: (name: string, from: number) => bytesOf(name, from, { objects, signal }),
  };
  return {
    id: item.id,
    tenant: item.tenant,
    run: message.run,
    submittedAt: submittedAtOf(item, message),
    attempt: item.attempt,
    fencingToken: item.fencingToken,
    signal,
    log: secrets.hideFrom(log),
    traceparent: reporter.traceparent,
    object: (name) => observed('object.', objectOf(name, item.tenant, { objects, signal })),
    now: () => clock.now(),
    uuid: () => random.uuid(),
    resume: readCheckpoint(contract, resumed, secrets),
    output: ({ contentType = 'application/octet-stream' } = {}) => {
      output.open(contentType);
      return {
        write: writeOutput,
        get bytes() {
          return output.bytes;
        },
      };
    },
    outputBytes: bytesAtStart,
    progress: (percent, message) =>
      heartbeat.report(percent, message === undefined ? undefined : secrets.hide(message)),
    pause: guarded(calls.pause, within),
    limit: (name, call) => callAfter(waitGuarded(name), call),
    checkpoint: guarded(calls.checkpoint, within),
    // Of all steps together the compiler cannot tell what each of them returns.
    step: guarded(calls.step, within) as JobContext['step'],
    waitFor: guarded(calls.waitFor, within) as JobContext['waitFor'],
    // The same of all signals.
    waitForSignal: guarded(calls.waitForSignal, within) as JobContext['waitForSignal'],
    signalLink: guarded(calls.signalLink, within),
    ...childrenOf(childCalls, spawning.contracts),
    submit: submitBy(guarded(calls.submit, within), spawning.contracts),
    sleep: guarded(calls.sleep, within),
  };
}

/** Says at each checkpoint, and before each step, whether what comes next might come too late. */
function timeKeeper(
  {
    resumed,
    endsAt,
    reserveMs,
    isStopping,
  }: Pick<Running, 'resumed' | 'endsAt' | 'reserveMs' | 'isStopping'>,
  clock: Clock,
) {
  let lastCheckpointAt = clock.now();
  let maxStepMs = 0;
  let hasStarted = false;
  const isNear = (pauseMs = 0): boolean =>
    isStopping() || clock.now() + pauseMs + Math.max(reserveMs, maxStepMs * safetyFactor) >= endsAt;
  const isTimeOver = (state: string): boolean => {
    const now = clock.now();
    // A first checkpoint with the state of the slice's start ends no step: the job has only started up.
    if (hasStarted || state !== resumed) maxStepMs = Math.max(maxStepMs, now - lastCheckpointAt);
    hasStarted = true;
    lastCheckpointAt = now;
    return isNear();
  };
  const took = (ms: number): void => {
    maxStepMs = Math.max(maxStepMs, ms);
  };
  const sliceEnd: SliceEnd = { isNear, took };
  return { isTimeOver, sliceEnd };
}

/**
 * A call that tells the handler when it must not go on. Code that is still running after its handler has returned stays
 * in its next call for ever: it must not run beside the next attempt, nor change what is being stored. A handler that
 * forgets to await a call gets no error, but the process must not end because of that, and the other jobs with it.
 */
function guarded<Arguments extends readonly unknown[], T>(
  call: (...all: Arguments) => Promise<T>,
  { heartbeat, output, signal }: Pick<Running, 'heartbeat' | 'output'> & { readonly signal: AbortSignal },
): (...all: Arguments) => Promise<T> {
  const mayGoOn = (): Promise<never> | undefined => {
    if (heartbeat.isStopped || output.isFinished) return never();
    if (signal.aborted) throw asError(signal.reason);
    return undefined;
  };
  const guardedCall = async (...all: Arguments): Promise<T> => {
    const stop = mayGoOn();
    if (stop) await stop;
    const result = await call(...all);
    await mayGoOn();
    return result;
  };
  return (...all) => {
    const promise = guardedCall(...all);
    promise.catch(() => undefined);
    return promise;
  };
}
