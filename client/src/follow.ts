import { type Answer, type Connection, callApi, jsonIn } from './connection.ts';
import { NotFoundError, type ProblemError, UnavailableError } from './errors.ts';
import type { Job, JobReference } from './job.ts';
import { outcomes } from './job-status.ts';
import { retryAfterSeconds } from './problem-in.ts';
import { jobPath } from './reference.ts';
import { sleep } from './time.ts';
import { isCrowdedOut } from './with-retries.ts';

/** The server takes up to 25. */
const longPollSeconds = 20;
const longPoll = `/wait?seconds=${longPollSeconds}`;
const defaultPauseSeconds = 1;

/**
 * The states of a job as they are seen: that of now, and then each change, up to its end. A change that is followed by
 * another one within a second may not be seen by itself.
 * @throws ProblemError, NetworkError, TypeError; the signal's reason
 */
export async function* follow(
  reference: JobReference,
  signal: AbortSignal | undefined,
  connection: Connection,
): AsyncGenerator<Job, void, undefined> {
  const target = `GET ${jobPath(reference, connection.url)}`;
  let suffix = '';
  let later = longPoll;
  let headers = {};
  for (;;) {
    const call = { headers, signal, read: seenIn };
    let isCrowded = false;
    const asked = { hasWaited: suffix !== '', beganAt: Date.now() };
    const seen = await callApi(target + suffix, call, connection).catch(async (error: unknown) => {
      // A stage, or a proxy before it, without that route.
      if (suffix && isUnknownRoute(error)) later = '';
      else if (suffix && hasNoRoom(error)) {
        isCrowded = true;
        const seconds = error.retryAfterSeconds ?? defaultPauseSeconds;
        await sleep(seconds * 1000 * (1 + Math.random() / 2), signal);
      } else throw error;
    });
    // Without room to wait, it asks once, and then for a place again.
    suffix = isCrowded ? '' : later;
    if (!seen) continue;
    if (seen.job) yield seen.job;
    if (seen.job && hasEnded(seen.job)) return;
    if (seen.etag) headers = { 'if-none-match': seen.etag };
    await sleep(pauseAfter(seen, { later, ...asked }), signal);
  }
}

type Seen = ReturnType<typeof seenIn>;
const seenIn = (answer: Answer) => ({
  /** Undefined if it is as it was. */
  job: answer.status === 304 ? undefined : jsonIn<Job>(answer),
  etag: answer.headers.get('etag'),
  pauseSeconds: retryAfterSeconds(answer.headers, Date.now()),
});

interface LastAsk {
  /** How the job is asked for next; empty where nobody can wait. */
  readonly later: string;
  /** Whether this call waited. */
  readonly hasWaited: boolean;
  readonly beganAt: number;
}

/** @returns milliseconds */
function pauseAfter({ job, pauseSeconds }: Seen, { later, hasWaited, beganAt }: LastAsk): number {
  if (!later) return (pauseSeconds ?? defaultPauseSeconds) * 1000;
  if (job || !hasWaited) return 0;
  // A stage may let nobody wait, or for less: it answers that nothing has changed, and when to ask again.
  const until = beganAt + Math.min(pauseSeconds ?? 0, longPollSeconds) * 1000;
  return Math.max(0, until - Date.now());
}

/**
 * The tenant has as many waits open as it may, or waits have no invocation left. Then others may have some: the look at
 * the job tells.
 */
const hasNoRoom = (error: unknown): error is ProblemError =>
  isCrowdedOut(error) || error instanceof UnavailableError;

/** Nothing is said of the job: only of the address. */
const isUnknownRoute = (error: unknown): boolean =>
  error instanceof NotFoundError && !error.type.endsWith('/job-not-found');

const hasEnded = ({ status }: Job): boolean => outcomes[status] !== undefined;
