import { type Contracts, contractOf } from '../../author/contract.ts';
import type { Charges } from '../../domain/access/ports.ts';
import { NotFoundError } from '../../domain/base/errors.ts';
import { type Schedule, tagOfSchedule } from '../../domain/schedules/schedule.ts';
import type { Submission, SubmitDependencies, Submitted } from './submission.ts';
import { submitJob } from './submit-job.ts';

/** @throws NotFoundError if there is none of this name */
export function scheduleNamed(name: string, schedules: readonly Schedule[]): Schedule {
  const schedule = schedules.find((each) => each.name === name);
  if (!schedule) throw new NotFoundError('There is no schedule of this name.');
  return schedule;
}

/**
 * What a schedule submits, without when and under which key. The stage tells those of the job's end whom it always
 * tells.
 */
export const submissionOf = (
  { name, type, payload, tenant }: Schedule,
  { contracts }: { readonly contracts: Contracts },
): Submission => ({
  tenant,
  type,
  payload: payload ?? null,
  maxAttempts: contractOf(contracts, type)?.maxAttempts ?? 1,
  tags: [tagOfSchedule(name)],
});

/**
 * The key of a job that somebody starts by hand. No client's key has a line break, so it never meets one of the tenant.
 */
const keyOfRun = (name: string, key: string): string => `run\n${name}\n${key}`;

interface Run extends Pick<Submission, 'idempotencyKey' | 'traceparent'> {
  readonly schedule: Schedule;
}

interface RunDependencies extends SubmitDependencies {
  /** Counts the jobs of schedules. Absent where nobody counts them. */
  readonly charges?: Charges | undefined;
}

/**
 * Submits the job of a schedule at once, whether or not the schedule is paused. The job belongs to the schedule's
 * tenant, whose limit it counts in, and does not refuse.
 * @throws what `submitJob` throws
 */
export const runSchedule = (
  { schedule, idempotencyKey: key, traceparent }: Run,
  { charges, ...deps }: RunDependencies,
): Promise<Submitted> => {
  const idempotencyKey = key === undefined ? undefined : keyOfRun(schedule.name, key);
  // A replay does not come there.
  const door = charges && { enter: (tenant: string) => charges.charge(tenant, 1) };
  return submitJob({ ...submissionOf(schedule, deps), idempotencyKey, traceparent }, { ...deps, door });
};
