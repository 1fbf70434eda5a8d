import type { Contracts } from '../../shared/author/contract.ts';
import { InvalidSchedulesError } from '../../shared/author/define-schedules.ts';
import { retryPolicy } from '../../shared/domain/base/schedule-time.ts';
import { scheduledVersion } from '../../shared/domain/base/version.ts';
import { requireCron, toSchedulerExpression } from '../../shared/domain/schedules/cron.ts';
import type { Schedule, ScheduleOccurrence } from '../../shared/domain/schedules/schedule.ts';
import { missingSetUp } from '../../shared/operations/submit/check-targets.ts';
import type { StageParameters } from '../parameters/parameter.ts';
import { aliasIdOf } from './live-alias.ts';
import type { Resource, Resources } from './serverless.ts';

const place = 'job-types/schedules.ts';

export interface RecurringSchedules {
  readonly schedules: readonly Schedule[];
  readonly contracts: Contracts;
  /** What is wrong with them. Then there are none. */
  readonly problems: readonly string[];
}

/** Reads job-types/schedules.ts. It is not imported above: a wrong schedule would stop commands that need none. */
export async function readRecurringSchedules(): Promise<RecurringSchedules> {
  const { contracts } = await import('#job-types/contracts.ts');
  try {
    const { schedules } = await import('#job-types/schedules.ts');
    return { schedules, contracts, problems: [] };
  } catch (error) {
    if (!(error instanceof InvalidSchedulesError)) throw error;
    return { schedules: [], contracts, problems: error.problems.map((problem) => `${place}: ${problem}`) };
  }
}

/** What a stage lacks for the jobs of its schedules: a submission of such a job would be refused. */
export const problemsOfScheduledTypes = (
  { schedules, contracts }: RecurringSchedules,
  parameters: StageParameters,
): readonly string[] => {
  const given = new Set(
    Object.keys(parameters).filter((name) => !['', 'none'].includes(String(parameters[name] ?? ''))),
  );
  return schedules.flatMap(({ name, type }) => {
    const missing = missingSetUp({ type }, { contracts, setup: { given } });
    if (missing.length === 0) return [];
    return [
      `${place}: "${name}": this stage is not set up for ${type}. Set ${missing.join(', ')}, or remove the schedule.`,
    ];
  });
};

/**
 * Adds a schedule of EventBridge Scheduler for each of ours. It sends the occurrence to the waiting queue, and
 * admission makes the job. infra/resources/scheduler.yml has the group, and the role that may send.
 */
export function addRecurringSchedules(resources: Resources, schedules: readonly Schedule[]): void {
  const added = schedules.map((schedule) => [logicalIdOf(schedule.name), resourceOf(schedule)] as const);
  resources.Resources = { ...resources.Resources, ...Object.fromEntries(added) };
}

/**
 * As osls writes a hyphen, which CloudFormation does not allow. A name has no capitals, so no two names have one id.
 */
const logicalIdOf = (name: string): string => `${name.replaceAll('-', 'Dash')}Schedule`;

function resourceOf(schedule: Schedule): Resource {
  const { name, timeZone } = schedule;
  return {
    Type: 'AWS::Scheduler::Schedule',
    // The code of before does not know the schedule: what fires during the deployment would make no job.
    DependsOn: aliasIdOf('AdmissionLambdaFunction'),
    Properties: {
      Name: name,
      GroupName: { Ref: 'ScheduleGroup' },
      ScheduleExpression: toSchedulerExpression(requireCron(schedule.cron)),
      ScheduleExpressionTimezone: timeZone,
      FlexibleTimeWindow: { Mode: 'OFF' },
      State: 'ENABLED',
      Target: {
        Arn: { 'Fn::GetAtt': ['WaitingQueue', 'Arn'] },
        RoleArn: { 'Fn::GetAtt': ['ScheduleRole', 'Arn'] },
        Input: JSON.stringify(occurrenceOf(name)),
        DeadLetterConfig: { Arn: { 'Fn::GetAtt': ['DeadLetterQueue', 'Arn'] } },
        RetryPolicy: retryPolicy,
      },
    },
  };
}

/** Scheduler puts the time in: that of the schedule, not that of the delivery. */
const occurrenceOf = (schedule: string): ScheduleOccurrence => ({
  kind: 'occurrence',
  version: scheduledVersion,
  schedule,
  at: '<aws.scheduler.scheduled-time>',
});
