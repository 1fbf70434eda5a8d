import { PermanentError, unreachable } from '../domain/base/errors.ts';
import type { CanceledJob, JobContext } from './handler.ts';
import type { RemoteState } from './remote-state.ts';

/** What each call to a service is given. */
export interface RemoteCall<Payload> {
  readonly payload: Payload;
  /** The job's id, and its tenant. */
  readonly id: string;
  readonly tenant: string;
  /**
   * Names what is started: a UUID. Give it to the service, so that `find` can recognize it, and as its client token.
   */
  readonly token: string;
  readonly signal: AbortSignal;
}

/** What the service says of something that was started. */
export type RemoteStatus<Result> =
  | { readonly kind: 'running'; readonly percent?: number; readonly message?: string }
  | { readonly kind: 'succeeded'; readonly result: Result }
  /** It failed, or was canceled there, or soon will be, or is not known any more. `error`: the service's words. */
  | { readonly kind: 'failed'; readonly error: string };

/**
 * Another service, as a job drives it. Each call may be made again. A `ServiceBusyError` means later, a
 * `PermanentError` fails the job, and any other error costs an attempt.
 */
export interface RemoteService<Payload, Result> {
  /**
   * Looks for what was started with the token. @param since from when on it may have been, epoch milliseconds
   * @returns its id in the service
   */
  find(call: RemoteCall<Payload> & { readonly since: number }): Promise<string | undefined>;
  /** @returns its id in the service */
  start(call: RemoteCall<Payload>): Promise<string>;
  poll(call: RemoteCall<Payload> & { readonly remoteId: string }): Promise<RemoteStatus<Result>>;
  /** Ends it. What has ended already is no error. */
  cancel(call: RemoteCall<Payload> & { readonly remoteId: string }): Promise<void>;
}

export interface RemoteSettings {
  /** What was started is found after so long, at the latest. */
  readonly listingLagSeconds: number;
  /** How long it waits before it asks again: at first, and at most. It doubles. */
  readonly pollSeconds: number;
  readonly maxPollSeconds: number;
}

/** The service is throttled, or did not answer. That does not say whether the call took effect. */
export class ServiceBusyError extends Error {
  override readonly name = 'ServiceBusyError';
}

/** What was started in the other service has failed. The message has the service's words. */
export class RemoteJobError extends PermanentError {
  override readonly name = 'RemoteJobError';
}

/** A handler with its cancel: a `JobHandler`, if the contract has `hasCancel: true` and `checkpoint: remoteState`. */
export interface RemoteHandler<Payload, Result> {
  (payload: Payload, job: JobContext<RemoteState>): Promise<Result>;
  readonly cancel: (payload: Payload, job: CanceledJob<RemoteState>) => Promise<void>;
}

/** A worker that stood still for longer starts nothing any more: who looks for what it has started counts on that. */
const startWithinMs = 30_000;
const maxStarts = 20;

/**
 * A job that starts something in another service, and waits until it has ended.
 *
 * What it is about to start is stored first: its token, and when. After a crash it looks for the token, and starts only
 * what it does not find, when the service's list must have it. Between two polls it sleeps, and costs nothing. A cancel
 * is passed on. A retry by the user goes on with what the run before has started, unless that has failed.
 */
export function remote<Payload, Result>(
  service: RemoteService<Payload, Result>,
  settings: RemoteSettings,
): RemoteHandler<Payload, Result> {
  const run = (payload: Payload, job: JobContext<RemoteState>): Promise<Result> =>
    goOn({ payload, job, service, settings });
  const cancel = async (payload: Payload, job: CanceledJob<RemoteState>): Promise<void> => {
    const state = job.resume;
    // The intent is stored before the first call: without one, nothing was started.
    if (!state) return;
    const call = callOf(payload, job, state);
    // Before the search: what a slow list has left out may have been listed since.
    const isListed = job.now() >= foundBy(state, settings);
    const remoteId = state.remoteId ?? (await service.find({ ...call, since: state.since }));
    if (remoteId !== undefined) return service.cancel({ ...call, remoteId });
    if (!isListed) throw new Error('what was started may not be listed yet: it is looked for again later');
  };
  return Object.assign(run, { cancel });
}

interface Running<Payload, Result> {
  readonly payload: Payload;
  readonly job: JobContext<RemoteState>;
  readonly service: RemoteService<Payload, Result>;
  readonly settings: RemoteSettings;
}

async function goOn<Payload, Result>(running: Running<Payload, Result>): Promise<Result> {
  const { payload, job, service, settings } = running;
  const state = job.resume;
  if (!state) return start(newIntent(job), running);
  if (state.remoteId !== undefined) return follow({ ...state, remoteId: state.remoteId }, running);
  const search = { ...callOf(payload, job, state), since: state.since };
  const later = foundBy(state, settings) - job.now();
  const remoteId = await orBusy(service.find(search), () =>
    job.sleep(Math.max(later / 1000, settings.maxPollSeconds), state),
  );
  if (remoteId !== undefined) return follow({ ...state, remoteId }, running);
  if (later > 0) return job.sleep(later / 1000, state);
  return start(job.run > state.run ? newIntent(job) : startingAgain(state, job), running);
}

function newIntent(job: JobContext<RemoteState>): RemoteState {
  const now = job.now();
  const percent = job.resume?.percent ?? 0;
  return { run: job.run, token: job.uuid(), since: now, startingAt: now, starts: 1, polls: 0, percent };
}

function startingAgain(state: RemoteState, job: JobContext<RemoteState>): RemoteState {
  if (state.starts >= maxStarts)
    throw new PermanentError(`the service was asked ${state.starts} times to start it, and has not`);
  return { ...state, startingAt: job.now(), starts: state.starts + 1 };
}

async function start<Payload, Result>(
  intent: RemoteState,
  { payload, job, service, settings }: Running<Payload, Result>,
): Promise<Result> {
  await job.checkpoint(intent, { flush: true });
  job.signal.throwIfAborted();
  // If this worker stood still, another one may have the job, and has looked for what was started until now.
  if (job.now() - intent.startingAt > startWithinMs) throw new Error('it came too late to start it');
  const remoteId = await orBusy(service.start(callOf(payload, job, intent)), () =>
    job.sleep(Math.max(0, foundBy(intent, settings) - job.now()) / 1000, intent),
  );
  const state = { ...intent, remoteId };
  await job.checkpoint(state, { flush: true });
  return job.sleep(pauseAfter(0, settings), state);
}

async function follow<Payload, Result>(
  state: RemoteState & { readonly remoteId: string },
  running: Running<Payload, Result>,
): Promise<Result> {
  const { payload, job, service, settings } = running;
  const again = (percent = state.percent): Promise<never> => {
    const polls = state.polls + 1;
    return job.sleep(pauseAfter(polls, settings), { ...state, run: job.run, polls, percent });
  };
  const { remoteId } = state;
  const status = await orBusy(service.poll({ ...callOf(payload, job, state), remoteId }), () => again());
  switch (status.kind) {
    case 'running': {
      if (status.percent === undefined && status.message === undefined) return again();
      const percent = Math.max(state.percent, status.percent ?? 0);
      job.progress(percent, status.message);
      return again(percent);
    }
    case 'succeeded':
      return status.result;
    case 'failed':
      // A retry by the user is there to try it again.
      if (job.run > state.run) return start(newIntent(job), running);
      throw new RemoteJobError(status.error);
    default:
      return unreachable(status);
  }
}

const callOf = <Payload>(
  payload: Payload,
  { id, tenant, signal }: Pick<CanceledJob, 'id' | 'tenant' | 'signal'>,
  { token }: RemoteState,
): RemoteCall<Payload> => ({ payload, id, tenant, token, signal });

/** By when the service lists what was started, epoch milliseconds: also what a worker started that stood still. */
const foundBy = ({ startingAt }: RemoteState, { listingLagSeconds }: RemoteSettings): number =>
  startingAt + startWithinMs + listingLagSeconds * 1000;

const pauseAfter = (polls: number, { pollSeconds, maxPollSeconds }: RemoteSettings): number =>
  Math.min(maxPollSeconds, pollSeconds * 2 ** Math.min(polls, 20));

/** A busy service is asked again later, and costs no attempt. */
async function orBusy<T>(answer: Promise<T>, later: () => Promise<never>): Promise<T> {
  try {
    return await answer;
  } catch (thrown) {
    if (thrown instanceof ServiceBusyError) return later();
    throw thrown;
  }
}
