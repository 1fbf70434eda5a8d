import type { Charges, RunningCharges } from '../../domain/access/ports.ts';
import { asError } from '../../domain/base/errors.ts';
import type { Log } from '../../domain/base/ports.ts';
import type { TenantDoor } from './tenant-door.ts';

interface ChargeDependencies {
  readonly door: Pick<TenantDoor, 'charge'>;
  readonly log: Pick<Log, 'warn'>;
}

/**
 * Counts jobs that jobs and schedules make, and retries, in the rate of their tenant. They are made whether or not
 * there is room: a refusal would fail an attempt, or lose an occurrence, and so would a charge that fails.
 */
export const chargesBy = ({ door, log }: ChargeDependencies): Charges => ({
  async charge(tenant, jobs) {
    try {
      await door.charge({ tenant, limit: 'jobsPerMinute', wanted: jobs });
    } catch (thrown) {
      log.warn('jobs not charged', { error: asError(thrown), jobs });
    }
  },
});

/**
 * Counts the time that handlers have run for. They have: nothing is refused, and a charge that fails is a line in the
 * log.
 */
export const runningChargesBy = ({ door, log }: ChargeDependencies): RunningCharges => ({
  async charge({ tenant, id }, seconds) {
    try {
      await door.charge({ tenant, limit: 'runningSecondsPerHour', wanted: seconds });
    } catch (thrown) {
      log.warn('running time not charged', { error: asError(thrown), jobId: id, seconds });
    }
  },
});
