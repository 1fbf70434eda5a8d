import * as examples from './examples.ts';
import { accepted } from './job-operations.ts';
import * as schemas from './named-schemas.ts';
import type { Answer, Operation } from './operation.ts';

const changed = (description: string): Answer => ({
  description,
  schema: schemas.schedule,
  examples: examples.schedules,
});

/** The calls about recurring schedules. */
export const scheduleOperations = {
  'GET /schedules': {
    operationId: 'listSchedules',
    summary: 'List the recurring schedules',
    description:
      'Those of all tenants. `lastJobs` are the newest five that are seen: the jobs of the last five occurrences, and a job that was started by hand while it is among the newest 100 of its tenant, or fewer if there are schedules of more than five tenants.',
    tag: 'schedules',
    answers: {
      200: {
        description: 'All schedules of the stage.',
        headers: ['Cache-Control'],
        schema: schemas.scheduleList,
        examples: examples.scheduleLists,
      },
    },
  },
  'POST /schedules/{schedule}/run': {
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
    operationId: 'pauseSchedule',
    summary: 'Pause a schedule',
    description: 'Its occurrences make no job until it is resumed, and are not made up for.',
    tag: 'schedules',
    answers: { 200: changed('The schedule is paused, now or before.') },
    problems: ['not-found'],
  },
  'POST /schedules/{schedule}/resume': {
    operationId: 'resumeSchedule',
    summary: 'Resume a schedule',
    tag: 'schedules',
    answers: { 200: changed('The schedule is not paused, now or before.') },
    problems: ['not-found'],
  },
} as const satisfies Readonly<Record<string, Operation>>;
