import { describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { addRecurringSchedules, problemsOfScheduledTypes } from '../../../infra/recurring-schedules.ts';
import type { Resources } from '../../../infra/serverless.ts';
import { defineJob } from '../../../shared/job/contract.ts';
import type { Schedule } from '../../../shared/job/schedule.ts';
import { readWaitingMessage } from '../../../shared/job/waiting-message.ts';

const nightly: Schedule = {
  name: 'nightly-report',
  cron: '*/30 2 * * MON-FRI',
  timeZone: 'Europe/Berlin',
  type: 'report',
  payload: { city: 'Basel' },
  tenant: 'acme',
};

const added = (...schedules: readonly Schedule[]): NonNullable<Resources['Resources']> => {
  const resources: Resources = { Resources: { Table: { Properties: {} } } };
  addRecurringSchedules(resources, schedules);
  return resources.Resources ?? {};
};

describe('the resource of a schedule', () => {
  test('fires by the cron in its time zone, in the group of the stage', () => {
    expect(added(nightly)).toMatchObject({
      Table: {},
      nightlyDashreportSchedule: {
        Type: 'AWS::Scheduler::Schedule',
        Properties: {
          Name: 'nightly-report',
          GroupName: { Ref: 'ScheduleGroup' },
          ScheduleExpression: 'cron(0,30 2 ? * MON-FRI *)',
          ScheduleExpressionTimezone: 'Europe/Berlin',
          FlexibleTimeWindow: { Mode: 'OFF' },
          State: 'ENABLED',
        },
      },
    });
  });

  test('is deployed after the admission that knows it, which would make no job of it before', () => {
    expect(added(nightly).nightlyDashreportSchedule).toMatchObject({ DependsOn: 'AdmissionLambdaFunction' });
  });

  test('sends an occurrence that can be read, once Scheduler has put its time in', () => {
    const target = z.object({ Target: z.object({ Input: z.string() }) });
    const { Input } = target.parse(added(nightly).nightlyDashreportSchedule?.Properties).Target;
    const sent = Input.replace('<aws.scheduler.scheduled-time>', '2026-03-02T01:30:00Z');
    expect(readWaitingMessage(sent)).toEqual({
      kind: 'occurrence',
      version: 2,
      schedule: 'nightly-report',
      at: '2026-03-02T01:30:00Z',
    });
  });

  test('has an id of its own, however alike the names are', () => {
    const names = ['a-b', 'ab', 'a--b', 'a-b-', '-a-b', 'adashb', '1-1', '11'];
    const ids = Object.keys(added(...names.map((name) => ({ ...nightly, name }))));
    expect(new Set(ids).size).toBe(names.length + 1);
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9]{1,255}$/);
  });
});

describe('a schedule whose jobs the stage is not set up for', () => {
  const limits = { payload: z.unknown(), result: z.unknown(), timeoutSeconds: 5, maxAttempts: 1 };
  const contracts = {
    report: defineJob(limits),
    mail: defineJob({ ...limits, needs: ['mailFrom', 'mailTo'] }),
    encode: defineJob({ ...limits, queue: 'server' }),
  };
  const problemsOf = (type: string, parameters: Readonly<Record<string, unknown>>) =>
    problemsOfScheduledTypes({ schedules: [{ ...nightly, type }], contracts, problems: [] }, parameters);

  test.each([
    ['mail', { mailFrom: 'a@example.com', mailTo: '' }, 'mailTo'],
    ['mail', { mailFrom: null }, 'mailFrom, mailTo'],
    ['encode', { servers: 'none' }, 'servers'],
  ])('is refused: %s with %j', (type, parameters, missing) => {
    expect(problemsOf(type, parameters)).toEqual([
      `job-types/schedules.ts: "nightly-report": this stage is not set up for ${type}. Set ${missing}, or remove the schedule.`,
    ]);
  });

  test.each([
    ['report', {}],
    ['mail', { mailFrom: 'a@example.com', mailTo: '*=example.com' }],
    ['encode', { servers: 'own' }],
  ])('is accepted otherwise: %s with %j', (type, parameters) => {
    expect(problemsOf(type, parameters)).toEqual([]);
  });
});
