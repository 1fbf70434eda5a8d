import { type Contracts, contractOf, runQueueOf, versionOf } from '../author/contract.ts';
import { fairKeyOf } from '../author/fair-key.ts';
import { type Disposition, deleted } from '../delivery/disposition.ts';
import type { Charges, Suspensions } from '../domain/access/ports.ts';
import { defined } from '../domain/base/defined.ts';
import { fingerprintOf } from '../domain/base/fingerprint.ts';
import type { Clock, Log } from '../domain/base/ports.ts';
import type { NotifyTarget } from '../domain/notify/notification.ts';
import type { Meters } from '../domain/observe/metrics.ts';
import { inSpan, type Tracer } from '../domain/observe/trace.ts';
import type { PausedSchedules } from '../domain/schedules/paused-schedules.ts';
import { type Schedule, type ScheduleOccurrence, scheduledJobId } from '../domain/schedules/schedule.ts';
import { shardOf } from '../domain/state/job/list-keys.ts';
import type { JobStore } from '../domain/state/ports.ts';
import type { KeepPayload } from '../domain/state/stored-copies.ts';
import { logSubmission } from '../operations/act/log-operation.ts';
import { submissionOf } from '../operations/submit/run-schedule.ts';
import { makeJob, spanOfSubmission, submissionMessage } from '../operations/submit/submit-job.ts';
import type { RunQueues } from './admit-job.ts';

export interface ScheduledJobDependencies {
  readonly suspensions: Suspensions;
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
  readonly log: Pick<Log, 'info' | 'warn'>;
  readonly meters: Pick<Meters, 'on'>;
  readonly tracer?: Tracer | undefined;
  /** Where the stage keeps each message from its submission on. */
  readonly keepPayload?: KeepPayload | undefined;
  /** Counts the jobs of schedules. Absent where nobody counts them. */
  readonly charges?: Charges | undefined;
}

/**
 * Makes the job of an occurrence of a recurring schedule. The job's id follows from the occurrence, so one that is
 * delivered twice has one job. One of a unique type has the job of the window that its time is in, also if a submission
 * has made that.
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
  const id = scheduledJobId(schedule, at);
  if (await store.read(id)) return deleted('the occurrence has its job');
  if ((await deps.paused.read()).has(schedule.name)) return without('the schedule is paused');
  if (await deps.suspensions.isSuspended(tenant)) return without('the tenant is suspended');
  const job = { id, tenant, type };
  const submission = submissionOf(schedule, deps);
  await inSpan(deps.tracer, spanOfSubmission({ ...job, parent: undefined }), async (traceparent) => {
    const message = submissionMessage(
      { ...submission, runAt: at, notify: deps.notify, traceparent },
      {
        id,
        fingerprint: fingerprintOf({ type, payload, at }),
        now,
        shard: shardOf(id, deps.listShards),
        version: versionOf(contracts, type),
        fairKey: fairKeyOf(contractOf(contracts, type), submission),
      },
    );
    const delaySeconds = Math.max(0, at - now) / 1000;
    const queue = deps.runQueues[runQueueOf(contracts, type)];
    // Before it is sent: who finds it knows that it was charged. It is not refused: an occurrence does not come again.
    await deps.charges?.charge(tenant, 1);
    await makeJob(message, { ...deps, queue, delaySeconds });
    const actor = `schedule:${schedule.name}`;
    logSubmission({ actor, job, replayed: false, ...defined({ traceparent }) }, deps);
  });
  return deleted('the occurrence has its job');
}
