import { expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import type { PackageCommand, PackageCommands, Packaged } from './package-commands.ts';
import { type Kind, Template } from './template.ts';

const scheduleKind: Kind<Record<string, unknown>> = {
  type: 'AWS::Scheduler::Schedule',
  properties: z.record(z.string(), z.unknown()),
};

/** A project that has these schedules, in place of its own. */
const withSchedules = (entries: string): Pick<PackageCommand, 'stage' | 'edit'> => ({
  stage: 'preview',
  edit: {
    file: 'tests/job-types/schedules.ts',
    text: `import { defineSchedules } from '../../shared/author/define-schedules.ts';
import { contracts } from './contracts.ts';

export const schedules = defineSchedules(contracts, [${entries}]);
`,
  },
});

const berlin = "timeZone: 'Europe/Berlin', tenant: 'acme', type: 'counting'";

const three = `
    { name: 'nightly', cron: '30 2 * * *', ${berlin}, payload: { seconds: 1 } },
    { name: 'every-quarter', cron: '0,15,30,45 8-17 * * MON-FRI', ${berlin}, payload: { seconds: 2 } },
    { name: 'first-of-month', cron: '0 6 1 * *', timeZone: 'Asia/Kolkata', tenant: 'umbrella',
      type: 'csv-sums', payload: { csv: 'a', groupBy: 'a', metrics: [{ column: 'a', op: 'count' }] } },`;
const bad = `{ name: 'nightly', cron: '30 2 13 * 5', ${berlin}, payload: { seconds: -1 } }`;
const mail = `{ name: 'digest', cron: '0 7 * * *', timeZone: 'UTC', tenant: 'acme', type: 'send-email',
    payload: { to: 'jane@example.com', subject: 'Digest', text: 'Hello' } }`;

export const recurringCommands: PackageCommands = {
  'three schedules': withSchedules(three),
  'bad schedules': { ...withSchedules(bad), stops: true },
  'a schedule of a type that is not set up': { ...withSchedules(mail), stops: true },
};

export function describeRecurring(packaged: Packaged): void {
  test('a package has a resource for each schedule', async () => {
    const template = new Template(await packaged.template('three schedules'));
    const referred = ['ScheduleGroup', 'ScheduleRole', 'WaitingQueue', 'DeadLetterQueue'];
    expect(Object.keys(template.resources)).toEqual(expect.arrayContaining(referred));
    const expected = (schedule: string, expression: string, timeZone: string) => ({
      Name: schedule,
      GroupName: { Ref: 'ScheduleGroup' },
      ScheduleExpression: expression,
      ScheduleExpressionTimezone: timeZone,
      FlexibleTimeWindow: { Mode: 'OFF' },
      State: 'ENABLED',
      Target: {
        Arn: { 'Fn::GetAtt': ['WaitingQueue', 'Arn'] },
        RoleArn: { 'Fn::GetAtt': ['ScheduleRole', 'Arn'] },
        Input: `{"kind":"occurrence","version":4,"schedule":"${schedule}","at":"<aws.scheduler.scheduled-time>"}`,
        DeadLetterConfig: { Arn: { 'Fn::GetAtt': ['DeadLetterQueue', 'Arn'] } },
        RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
      },
    });
    expect(Object.fromEntries(template.all(scheduleKind))).toEqual({
      nightlySchedule: expected('nightly', 'cron(30 2 * * ? *)', 'Europe/Berlin'),
      everyDashquarterSchedule: expected(
        'every-quarter',
        'cron(0,15,30,45 8-17 ? * MON-FRI *)',
        'Europe/Berlin',
      ),
      firstDashofDashmonthSchedule: expected('first-of-month', 'cron(0 6 1 * ? *)', 'Asia/Kolkata'),
    });
  });

  test('packaging stops for a schedule that cannot be, and for one that the stage is not set up for', async () => {
    expect(await packaged.problems('bad schedules')).toEqual([
      expect.stringMatching(
        /^- job-types\/schedules\.ts: "nightly": the cron has a day of the month and a day of the week\..* make two schedules: 30 2 13 \* \* and 30 2 \* \* 5\./,
      ),
      expect.stringMatching(
        /^- job-types\/schedules\.ts: "nightly": the payload does not fit its contract: \/seconds: /,
      ),
    ]);
    expect(await packaged.problems('a schedule of a type that is not set up')).toEqual([
      '- job-types/schedules.ts: "digest": this stage is not set up for send-email. Set mailFrom, or remove the schedule.',
    ]);
  });
}
