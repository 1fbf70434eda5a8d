import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { sls, withProjectCopy } from '../project-copy.ts';
import { type Kind, Template } from './template.ts';

const scheduleKind: Kind<Record<string, unknown>> = {
  type: 'AWS::Scheduler::Schedule',
  properties: z.record(z.string(), z.unknown()),
};

/** Calls `use` with a project that has these schedules, in place of its own. */
const withSchedules = <Result>(entries: string, use: (dir: string) => Promise<Result>): Promise<Result> =>
  withProjectCopy(async (dir) => {
    const text = `import { defineSchedules } from '../shared/job/define-schedules.ts';
import { contracts } from './contracts.ts';

export const schedules = defineSchedules(contracts, [${entries}]);
`;
    await writeFile(join(dir, 'job-types/schedules.ts'), text);
    return await use(dir);
  });

const berlin = "timeZone: 'Europe/Berlin', tenant: 'acme', type: 'countdown'";

test('a package has a resource for each schedule', async () => {
  const entries = `
    { name: 'nightly', cron: '30 2 * * *', ${berlin}, payload: { seconds: 1 } },
    { name: 'every-quarter', cron: '0,15,30,45 8-17 * * MON-FRI', ${berlin}, payload: { seconds: 2 } },
    { name: 'first-of-month', cron: '0 6 1 * *', timeZone: 'Asia/Kolkata', tenant: 'umbrella',
      type: 'csv-aggregate', payload: { csv: 'a', groupBy: 'a', metrics: [{ column: 'a', op: 'count' }] } },`;
  const template = await withSchedules(entries, async (dir) => {
    await sls(dir, ['package', '--stage', 'preview', '--package', 'out']);
    return new Template(
      await readFile(join(dir, 'out', 'cloudformation-template-update-stack.json'), 'utf8'),
    );
  });
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
      Input: `{"kind":"occurrence","version":2,"schedule":"${schedule}","at":"<aws.scheduler.scheduled-time>"}`,
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
  const problemsOf = async (entries: string): Promise<readonly string[]> => {
    const output = await withSchedules(entries, async (dir) =>
      sls(dir, ['package', '--stage', 'preview']).catch(
        ({ stdout, stderr }: { stdout: string; stderr: string }) => `${stdout}${stderr}`,
      ),
    );
    return output.split('\n').filter((line) => line.startsWith('- '));
  };
  const bad = `{ name: 'nightly', cron: '30 2 13 * 5', ${berlin}, payload: { seconds: -1 } }`;
  expect(await problemsOf(bad)).toEqual([
    expect.stringMatching(
      /^- job-types\/schedules\.ts: "nightly": the cron has a day of the month and a day of the week\..* make two schedules: 30 2 13 \* \* and 30 2 \* \* 5\./,
    ),
    expect.stringMatching(
      /^- job-types\/schedules\.ts: "nightly": the payload does not fit its contract: \/seconds: /,
    ),
  ]);
  const mail = `{ name: 'digest', cron: '0 7 * * *', timeZone: 'UTC', tenant: 'acme', type: 'send-email',
    payload: { to: 'jane@example.com', subject: 'Digest', text: 'Hello' } }`;
  expect(await problemsOf(mail)).toEqual([
    '- job-types/schedules.ts: "digest": this stage is not set up for send-email. Set mailFrom, mailTo, or remove the schedule.',
  ]);
});
