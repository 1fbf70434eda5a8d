import { describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { rightsToImage } from '../../../../infra/rights/servers.ts';
import { bucketSettingsOf } from '../../../../infra/template/bucket-settings.ts';
import { problemsOfRoutes } from '../../../../infra/template/http-api.ts';
import {
  addRecurringSchedules,
  problemsOfScheduledTypes,
} from '../../../../infra/template/recurring-schedules.ts';
import type { Resources } from '../../../../infra/template/serverless.ts';
import { workerOutputsOf } from '../../../../infra/template/worker-outputs.ts';
import { defineJob } from '../../../../shared/author/contract.ts';
import type { Schedule } from '../../../../shared/domain/schedules/schedule.ts';
import { readWaitingMessage } from '../../../../shared/domain/schedules/waiting-message.ts';

const parameters = { cors: '', tableDeletionPolicy: 'Retain', uploadRetentionDays: 7, retentionDays: '40' };

const own = 'https://own.example';
const expiryOf = (prefix: string, given: object) =>
  bucketSettingsOf({ ...parameters, ...given }, [own]).LifecycleConfiguration.Rules.find(
    ({ Prefix }) => Prefix === prefix,
  )?.ExpirationInDays;

const ExposedHeaders = ['ETag', 'Content-Range', 'Accept-Ranges'];
const rulesFor = (cors: string) =>
  bucketSettingsOf({ ...parameters, cors }, [own]).CorsConfiguration.CorsRules;

describe('bucket settings', () => {
  test.each([
    ['Retain', { Status: 'Enabled' }],
    ['RetainExceptOnCreate', { Status: 'Enabled' }],
    ['Delete', undefined],
  ])('with the deletion policy %s, versions are %p', (tableDeletionPolicy, expected) => {
    const { VersioningConfiguration } = bucketSettingsOf({ ...parameters, tableDeletionPolicy }, [own]);
    expect(VersioningConfiguration).toEqual(expected);
  });

  test('uploads expire when the stage says, and results after every job that has one, also if numbers are texts', () => {
    expect(expiryOf('uploads/', {})).toBe(7);
    expect(expiryOf('uploads/', { uploadRetentionDays: '9' })).toBe(9);
    expect(expiryOf('results/', {})).toBe(48);
    expect(expiryOf('results/', { retentionDays: 15 })).toBe(23);
  });

  test('what children have is kept as long as they are, and what other jobs have is not kept shorter', () => {
    expect(expiryOf('results/', { keepChildrenDays: '' })).toBe(48);
    expect(expiryOf('results/', { keepChildrenDays: '50' })).toBe(58);
    expect(expiryOf('messages/ended/', { keepChildrenDays: 15 })).toBe(41);
  });

  test('messages and states expire after every job that may need them: one may sleep for a year, and be kept then', () => {
    expect(expiryOf('messages/ended/', {})).toBe(41);
    expect(expiryOf('messages/waiting/', {})).toBe(407);
    expect(expiryOf('states/', { retentionDays: 15 })).toBe(382);
  });

  test.each([
    ['', [own]],
    [' https://a.example , *', [own, 'https://a.example', '*']],
  ])("the stage's own pages are answered, and those that `cors` names: %j", (cors, AllowedOrigins) => {
    expect(rulesFor(cors)[0]).toEqual({
      AllowedOrigins,
      AllowedMethods: ['PUT', 'GET', 'HEAD'],
      AllowedHeaders: ['content-type', 'content-length', 'if-none-match', 'range'],
      ExposedHeaders,
      MaxAge: 3600,
    });
  });

  test('what was redirected may be read, since its origin is `null`, if other pages may call the API', () => {
    const [, ...more] = rulesFor('https://a.example');
    expect(more).toEqual([
      {
        AllowedOrigins: ['*'],
        AllowedMethods: ['GET', 'HEAD'],
        AllowedHeaders: ['range'],
        ExposedHeaders,
        MaxAge: 3600,
      },
    ]);
    expect(rulesFor('')).toHaveLength(1);
  });
});

describe('the right to pull an image', () => {
  test('is to its repository alone, wherever that is', () => {
    const rights = rightsToImage('123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/job-worker:v1');
    const [ofRepository, ofRegistry] = rights;
    expect(JSON.stringify(ofRepository?.Resource)).toMatch(
      /:ecr:eu-west-1:123456789012:repository\/team\/job-worker"}$/,
    );
    expect(ofRegistry?.Resource).toBe('*');
    expect(ofRegistry?.Action).toEqual(['ecr:GetAuthorizationToken']);
  });

  test('ends before a digest, too', () => {
    const [ofRepository] = rightsToImage(
      `123456789012.dkr.ecr.eu-west-1.amazonaws.com/job-worker@sha256:${'0'.repeat(64)}`,
    );
    expect(JSON.stringify(ofRepository?.Resource)).toMatch(/repository\/job-worker"}$/);
  });

  test('is none outside of ECR', () => {
    expect(rightsToImage('public.ecr.aws/a1b2c3/job-worker:v1')).toEqual([]);
  });
});

describe('worker outputs', () => {
  test('each variable that refers to a resource is an output, and all others are one, with any character', () => {
    const outputs = workerOutputsOf({
      TABLE_NAME: { Ref: 'JobTable' },
      LONG_QUEUE_URL: { Ref: 'LongQueue' },
      LEASE_SECONDS: 60,
      NOTIFY: 'https://a.example/?"b',
      MAIL_FROM: '',
    });
    const { WorkerSettings, ...references } = outputs;
    expect(references).toEqual({
      TableName: { Description: expect.any(String), Value: { Ref: 'JobTable' } },
      LongQueueUrl: { Description: expect.any(String), Value: { Ref: 'LongQueue' } },
    });
    expect(JSON.parse(String(WorkerSettings?.Value))).toEqual({
      LEASE_SECONDS: '60',
      NOTIFY: 'https://a.example/?"b',
      MAIL_FROM: '',
    });
  });
});

const submit = { route: 'POST /jobs', functionName: 'submit' };
const status = { route: 'GET /jobs/{id}', functionName: 'status' };

describe('routes', () => {
  test('the same routes have no problem, in any order', () => {
    expect(problemsOfRoutes([submit, status], [status, submit])).toEqual([]);
  });

  test('a route that has no right, one that no function has, and another function are named, all at once', () => {
    const admin = { route: 'GET /admin', functionName: 'control' };
    expect(problemsOfRoutes([admin, status], [submit, { ...status, functionName: 'control' }])).toEqual([
      expect.stringMatching(
        /^GET \/admin of control is in serverless\.yml, and not in shared\/http\/families\/\. Add/,
      ),
      expect.stringMatching(
        /^GET \/jobs\/\{id\} of status is in serverless\.yml, and not in shared\/http\/families\//,
      ),
      expect.stringMatching(
        /^POST \/jobs of submit is in shared\/http\/families\/, and not in serverless\.yml\. Has/,
      ),
      expect.stringMatching(
        /^GET \/jobs\/\{id\} of control is in shared\/http\/families\/, and not in serverless\.yml/,
      ),
    ]);
  });
});

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
    expect(added(nightly).nightlyDashreportSchedule).toMatchObject({
      DependsOn: 'AdmissionLambdaFunctionLiveAlias',
    });
  });

  test('sends an occurrence that can be read, once Scheduler has put its time in', () => {
    const target = z.object({ Target: z.object({ Input: z.string() }) });
    const { Input } = target.parse(added(nightly).nightlyDashreportSchedule?.Properties).Target;
    const sent = Input.replace('<aws.scheduler.scheduled-time>', '2026-03-02T01:30:00Z');
    expect(readWaitingMessage(sent)).toEqual({
      kind: 'occurrence',
      version: 4,
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
    mail: defineJob({ ...limits, needs: ['mailFrom', 'eventBus'] }),
    encode: defineJob({ ...limits, queue: 'server' }),
  };
  const problemsOf = (type: string, parameters: Readonly<Record<string, unknown>>) =>
    problemsOfScheduledTypes({ schedules: [{ ...nightly, type }], contracts, problems: [] }, parameters);

  test.each([
    ['mail', { mailFrom: 'a@example.com', eventBus: '' }, 'eventBus'],
    ['mail', { mailFrom: null }, 'mailFrom, eventBus'],
    ['encode', { servers: 'none' }, 'servers'],
  ])('is refused: %s with %j', (type, parameters, missing) => {
    expect(problemsOf(type, parameters)).toEqual([
      `job-types/schedules.ts: "nightly-report": this stage is not set up for ${type}. Set ${missing}, or remove the schedule.`,
    ]);
  });

  test.each([
    ['report', {}],
    ['mail', { mailFrom: 'a@example.com', eventBus: 'default' }],
    ['encode', { servers: 'own' }],
  ])('is accepted otherwise: %s with %j', (type, parameters) => {
    expect(problemsOf(type, parameters)).toEqual([]);
  });
});
