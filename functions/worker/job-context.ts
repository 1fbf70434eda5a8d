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
  const isTimeUp = () => {
    const now = clock.now();
    longestStepMs = Math.max(longestStepMs, now - lastCheckpointAt);
    lastCheckpointAt = now;
    return now + Math.max(reserveMs, longestStepMs * caution) >= endsAt;
  };
  const goOn = () => {
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
    async pause(seconds) {
      goOn();
      await clock.sleep(seconds * 1000, signal);
      goOn();
    },
    async checkpoint(state) {
      goOn();
      const text = writeCheckpoint(item.type, state);
      if (isTimeUp()) {
        heartbeat.note(text);
        handOver();
      }
      await heartbeat.save(text);
      goOn();
    },
    async sleep(seconds, state) {
      goOn();
      if (!Number.isFinite(seconds) || seconds < 0)
        throw new RangeError(`a job cannot sleep for ${seconds} seconds`);
      heartbeat.note(writeCheckpoint(item.type, state));
      return handOver(Math.ceil(seconds * 1000));
    },
  };
}
