import { scheduleList, scheduleResponse } from '../responses/schedule-response.ts';
import { type Answer, exampleOf, type Family, type NamedSchema } from '../wire/route.ts';
import { accepted, examples } from './job.ts';

const schedule: NamedSchema = {
  id: 'Schedule',
  schema: scheduleResponse,
  text: 'A recurring schedule: it submits a job at every occurrence.',
  fields: {
    cron: 'Minute, hour, day of the month, month, day of the week: when it comes, by the clocks of its time zone.',
    tenant: 'Who its jobs belong to.',
    payload: 'What its jobs are submitted with. Secret fields are hidden.',
    paused: 'Its occurrences make no job.',
    nextRuns: 'The next five, or fewer if there are no more.',
    lastJobs: 'The newest first, five at most. `runAt` is absent if the job was started by hand.',
  },
};

const nightly = {
  name: 'nightly',
  cron: '30 3 * * *',
  timeZone: 'Europe/Berlin',
  type: exampleOf('one', 'type'),
  tenant: 'acme',
  payload: exampleOf('one', 'payload'),
  paused: false,
  nextRuns: ['26', '27', '28', '29', '30'].map((day) => `2026-11-${day}T02:30:00.000Z`),
  lastJobs: [
    {
      id: examples.listed.id,
      status: 'succeeded',
      runAt: '2026-11-25T02:30:00.000Z',
      createdAt: '2026-11-25T02:30:21.416Z',
      statusUrl: examples.listed.statusUrl,
    },
  ],
};

const changed = (description: string): Answer => ({
  description,
  schema: schedule,
  examples: { nightly },
});

/** Recurring schedules. */
export const schedules = {
  'GET /schedules': {
    function: 'api',
    access: 'operate',
    operationId: 'listSchedules',
    summary: 'List the recurring schedules',
    description:
      'Those of all tenants. `lastJobs` are the newest five that are seen: the jobs of the last five occurrences, and a job that was started by hand while it is among the newest 100 of its tenant, or fewer if there are schedules of more than five tenants.',
    tag: 'schedules',
    answers: {
      200: {
        description: 'All schedules of the stage.',
        headers: ['Cache-Control'],
        schema: {
          id: 'ScheduleList',
          schema: scheduleList,
          text: 'All recurring schedules of the stage.',
        },
        examples: { all: { items: [nightly] } },
      },
    },
  },
  'POST /schedules/{schedule}/run': {
    function: 'api',
    access: 'operate',
    operationId: 'runSchedule',
    summary: 'Run a schedule now',
    description:
      "Submits a job as an occurrence does, also while the schedule is paused. The job belongs to the schedule's tenant: who is of another one may look at its `pageUrl`, not at its `statusUrl`. An `Idempotency-Key` is one of the schedule.",
    tag: 'schedules',
    headers: ['Idempotency-Key', 'traceparent'],
    answers: { 202: accepted },
    problems: ['not-found', 'conflict', 'job-type-not-set-up', 'key-reused'],
  },
  'POST /schedules/{schedule}/pause': {
    function: 'api',
    access: 'operate',
    operationId: 'pauseSchedule',
    summary: 'Pause a schedule',
    description: 'Its occurrences make no job until it is resumed, and are not made up for.',
    tag: 'schedules',
    answers: { 200: changed('The schedule is paused, now or before.') },
    problems: ['not-found'],
  },
  'POST /schedules/{schedule}/resume': {
    function: 'api',
    access: 'operate',
    operationId: 'resumeSchedule',
    summary: 'Resume a schedule',
    tag: 'schedules',
    answers: { 200: changed('The schedule is not paused, now or before.') },
    problems: ['not-found'],
  },
} as const satisfies Family;
