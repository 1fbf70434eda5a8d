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

const longestSleepSeconds = 366 * 24 * 3600;

/** What passes from one checkpoint to the next varies; the next one must come in time. */
const caution = 1.5;

/**
 * What the running job is given.
 * @throws CheckpointError if what it saved earlier cannot be read
 */
export function jobContext(
  { item, controller, heartbeat, ...slice }: Running,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): JobContext {
  const { signal } = controller;
  const isTimeUp = timeKeeper({ item, ...slice }, clock);
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
    pause: guarded((seconds) => clock.sleep(seconds * 1000, signal), { heartbeat, signal }),
    checkpoint: guarded(
      async (state) => {
        // Nothing may be awaited before this: the job may change the state when the call returns.
        const text = writeCheckpoint(item.type, state);
        if (!isTimeUp(text)) return heartbeat.save(text);
        heartbeat.note(text);
        return handOver();
      },
      { heartbeat, signal },
    ),
    sleep: guarded(
      async (seconds, state) => {
        if (!(seconds >= 0 && seconds <= longestSleepSeconds))
          throw new RangeError(`a job cannot sleep for ${seconds} seconds`);
        heartbeat.note(writeCheckpoint(item.type, state));
        return handOver(Math.ceil(seconds * 1000));
      },
      { heartbeat, signal },
    ),
  };
}

/** Tells at each checkpoint whether the next one might come too late. */
function timeKeeper(
  { item, endsAt, reserveMs }: Pick<Running, 'item' | 'endsAt' | 'reserveMs'>,
  clock: Clock,
) {
  let lastCheckpointAt = clock.now();
  let longestStepMs = 0;
  let hasStarted = false;
  return (state: string): boolean => {
    const now = clock.now();
    // Up to its first checkpoint, a job that is where it was has started up, and done no step.
    if (hasStarted || state !== item.checkpoint)
      longestStepMs = Math.max(longestStepMs, now - lastCheckpointAt);
    hasStarted = true;
    lastCheckpointAt = now;
    return now + Math.max(reserveMs, longestStepMs * caution) >= endsAt;
  };
}

const never = new Promise<never>(() => {});

/**
 * A call that tells the job when it must not go on. What an attempt left running when it ended stops at its next call,
 * for good: it must not work beside the next one. Who forgets to await a call gets no error; but the process must not end
 * of that, and the other jobs with it.
 */
function guarded<Arguments extends readonly unknown[], T>(
  call: (...all: Arguments) => Promise<T>,
  { heartbeat, signal }: { readonly heartbeat: Heartbeat; readonly signal: AbortSignal },
): (...all: Arguments) => Promise<T> {
  const goOn = (): Promise<never> | undefined => {
    if (heartbeat.isStopped) return never;
    if (signal.aborted) throw asError(signal.reason);
    return undefined;
  };
  const guardedCall = async (...all: Arguments): Promise<T> => {
    const end = goOn();
    if (end) await end;
    const result = await call(...all);
    await goOn();
    return result;
  };
  return (...all) => {
    const promise = guardedCall(...all);
    promise.catch(() => undefined);
    return promise;
  };
}
