import type { JobItem } from '../../shared/contracts/job-item.ts';
import { asError } from '../../shared/errors.ts';
import type { Log } from '../../shared/logger.ts';
import type { Clock } from '../../shared/ports.ts';
import { readCheckpoint, writeCheckpoint } from './checkpoint-text.ts';
import { HandOver } from './hand-over.ts';
import type { Heartbeat } from './heartbeat.ts';
import type { JobContext } from './jobs/work.ts';

interface Running {
  readonly item: JobItem;
  readonly controller: AbortController;
  readonly heartbeat: Heartbeat;
  /** By when the slice must have ended, epoch milliseconds. */
  readonly endsAt: number;
  /** A checkpoint hands over when less than this is left, at any rate. */
  readonly reserveMs: number;
}

/** What an attempt left running when it ended stops at its next call, for good: it must not work beside the next one. */
const never = new Promise<never>(() => {});

const longestSleepSeconds = 366 * 24 * 3600;

/** What passes from one checkpoint to the next varies; the next one must come in time. */
const caution = 1.5;

/**
 * What the running job is given.
 * @throws CheckpointError if what it saved earlier cannot be read
 */
export function jobContext(
  { item, controller, heartbeat, endsAt, reserveMs }: Running,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): JobContext {
  const { signal } = controller;
  let lastCheckpointAt = clock.now();
  let longestStepMs = 0;
  let hasStarted = false;
  const isTimeUp = (state: string) => {
    const now = clock.now();
    // Up to its first checkpoint, a job that is where it was has started up, and done no step.
    if (hasStarted || state !== item.checkpoint)
      longestStepMs = Math.max(longestStepMs, now - lastCheckpointAt);
    hasStarted = true;
    lastCheckpointAt = now;
    return now + Math.max(reserveMs, longestStepMs * caution) >= endsAt;
  };
  const throwIfAborted = () => {
    if (signal.aborted) throw asError(signal.reason);
  };
  const handOver = (sleepMs?: number): never => {
    controller.abort(new HandOver(sleepMs));
    throw asError(signal.reason);
  };
  return {
    id: item.id,
    attempt: item.attempt,
    token: item.token,
    signal,
    log,
    resume: readCheckpoint(item.type, item.checkpoint),
    progress: (percent, message) => heartbeat.report(percent, message),
    pause: forgivably(async (seconds) => {
      if (heartbeat.isStopped) await never;
      throwIfAborted();
      await clock.sleep(seconds * 1000, signal);
      if (heartbeat.isStopped) await never;
      throwIfAborted();
    }),
    // Nothing is awaited before the state is written out: the job may change it when this returns.
    checkpoint: forgivably(async (state) => {
      if (heartbeat.isStopped) await never;
      throwIfAborted();
      const text = writeCheckpoint(item.type, state);
      if (isTimeUp(text)) {
        heartbeat.note(text);
        handOver();
      }
      await heartbeat.save(text);
      if (heartbeat.isStopped) await never;
      throwIfAborted();
    }),
    sleep: forgivably(async (seconds, state) => {
      if (heartbeat.isStopped) await never;
      throwIfAborted();
      if (!(seconds >= 0 && seconds <= longestSleepSeconds))
        throw new RangeError(`a job cannot sleep for ${seconds} seconds`);
      heartbeat.note(writeCheckpoint(item.type, state));
      return handOver(Math.ceil(seconds * 1000));
    }),
  };
}

/** Who forgets to await it gets no error; but the process must not end of that, and the other jobs with it. */
const forgivably =
  <Arguments extends readonly unknown[], T>(call: (...all: Arguments) => Promise<T>) =>
  (...all: Arguments): Promise<T> => {
    const promise = call(...all);
    promise.catch(() => undefined);
    return promise;
  };
