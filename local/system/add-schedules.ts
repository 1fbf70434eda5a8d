import type { StageParameters } from '../../infra/parameters/parameter.ts';
import {
  addRecurringSchedules,
  problemsOfScheduledTypes,
  readRecurringSchedules,
} from '../../infra/template/recurring-schedules.ts';
import type { Resources } from '../../infra/template/serverless.ts';
import { LocalAwsError } from '../local-aws.ts';

/** Adds the schedules of job-types/schedules.ts. @throws LocalAwsError that names everything that is wrong with them */
export async function addSchedules(resources: Resources, parameters: StageParameters): Promise<void> {
  const recurring = await readRecurringSchedules();
  const problems = [...recurring.problems, ...problemsOfScheduledTypes(recurring, parameters)];
  if (problems.length > 0) throw new LocalAwsError(`The stage cannot start:\n- ${problems.join('\n- ')}`);
  addRecurringSchedules(resources, recurring.schedules);
}
