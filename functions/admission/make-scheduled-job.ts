import { type Disposition, deleted } from '../../shared/delivery/disposition.ts';
import { type Contracts, runQueueOf } from '../../shared/job/contract.ts';
import { fingerprintOf } from '../../shared/job/fingerprint.ts';
import { shardOf } from '../../shared/job/list-keys.ts';
import { submitWrite } from '../../shared/job/message-writes.ts';
import type { NotifyTarget } from '../../shared/job/notification.ts';
import type { Clock, JobStore, Log } from '../../shared/job/ports.ts';
import { jobIdOfOccurrence, type Schedule, type ScheduleOccurrence } from '../../shared/job/schedule.ts';
import type { PausedSchedules } from '../../shared/job/schedule-ports.ts';
import { submissionOf } from '../../shared/operations/run-schedule.ts';
import { submissionMessage } from '../../shared/operations/submit-job.ts';
import type { RunQueues } from './admit-job.ts';

export interface ScheduledJobDependencies {
  readonly store: JobStore;
  readonly runQueues: RunQueues;
  readonly contracts: Contracts;
  readonly recurring: readonly Schedule[];
  readonly paused: Pick<PausedSchedules, 'read'>;
  /** How many shards the list of a tenant has. */
  readonly listShards: number;
  /** Who is told of the end of each job whose submission names nobody. */
  readonly notify: readonly NotifyTarget[];
  readonly retentionMs: number;
  readonly clock: Clock;
  readonly log: Pick<Log, 'warn'>;
}

/**
 * Makes the job of an occurrence of a recurring schedule, as a submission does: the message is sent before the item is
 * written. The job's id follows from the occurrence, so one that is delivered twice has one job.
 * @returns what becomes of the occurrence
 * @throws StoreUnavailableError, QueueUnavailableError
 */
export async function makeScheduledJob(
  occurrence: ScheduleOccurrence,
  deps: ScheduledJobDependencies,
): Promise<Disposition> {
  const { store, clock, contracts, log } = deps;
  const now = clock.now();
  const schedule = deps.recurring.find(({ name }) => name === occurrence.schedule);
  const without = (why: string): Disposition => {
    log.warn('occurrence without a job', { ...occurrence, why });
    return deleted(why);
  };
  if (!schedule) return without('the schedule is not deployed any more');
  const at = Date.parse(occurrence.at);
  // If it has its job, that may have expired by now.
  if (now - at > deps.retentionMs) return without('the occurrence is too old');
  const { tenant, type, payload } = schedule;
  const id = jobIdOfOccurrence(tenant, occurrence);
  if (await store.read(id)) return deleted('the occurrence has its job');
  if ((await deps.paused.read()).has(schedule.name)) return without('the schedule is paused');
  const message = submissionMessage(
    { ...submissionOf(schedule, deps), runAt: at, notify: deps.notify },
    { id, fingerprint: fingerprintOf({ type, payload, at }), now, shard: shardOf(id, deps.listShards) },
  );
  const delaySeconds = Math.max(0, at - now) / 1000;
  await deps.runQueues[runQueueOf(contracts, type)].send(message, delaySeconds);
  await store.write(submitWrite(message));
  return deleted('the occurrence has its job');
}
