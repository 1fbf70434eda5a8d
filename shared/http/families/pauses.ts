import { pauseList, pauseRequest, pauseResponse } from '../responses/pause-response.ts';
import type { Family, NamedSchema } from '../wire/route.ts';

const pause: NamedSchema = {
  id: 'Pause',
  schema: pauseResponse,
  text: 'What nothing starts of.',
  fields: {
    name: '`stage`, or what is paused and its name: `type:...`, `tenant:...`, `queue:standard`, `queue:long`, `queue:server` or `queue:ordered`. `suspended:...` is a tenant that is suspended: no key to the API ends that.',
    active: 'Whether it holds what would start. If not, what it has held is being started.',
    since: 'When it was paused.',
    by: 'Who has paused it.',
    until: 'When it ends by itself.',
    why: 'As it was given.',
    submissions: 'Whether submissions of it are accepted, and their jobs wait, or refused with 503.',
    resumedAt: 'When it was resumed.',
    resumedBy: 'Who has resumed it.',
  },
};

const tenant = {
  name: 'tenant:acme',
  active: true,
  since: '2026-11-25T16:32:41.416Z',
  by: 'key:4b1c7d',
  until: '2026-11-26T06:00:00.000Z',
  why: 'their database is moved',
  submissions: 'accept',
};

/** What operators pause. */
export const pauses = {
  'GET /pauses': {
    function: 'api',
    access: 'operate',
    operationId: 'listPauses',
    summary: 'List the pauses',
    description:
      'Those that hold jobs, and those that have ended while what they have held is being started. They are of all tenants.',
    tag: 'service',
    answers: {
      200: {
        description: 'All pauses of the stage.',
        headers: ['Cache-Control'],
        schema: { id: 'PauseList', schema: pauseList, text: 'All pauses of the stage.', parts: [pause] },
        examples: { one: { items: [tenant] } },
      },
    },
  },
  'POST /pauses': {
    function: 'api',
    access: 'operate',
    operationId: 'pause',
    summary: 'Pause a type, a tenant, a queue, or the stage',
    description:
      'Within five seconds nothing of it starts any more. What runs goes on to its end, or until it is handed over. Submissions are accepted, and their jobs wait, or they are refused with 503. No attempt is used. Another pause of the same name takes the place of the one before.',
    tag: 'service',
    body: {
      schema: {
        id: 'PauseRequest',
        schema: pauseRequest,
        text: 'What is to be paused.',
        fields: {
          name: '`stage`, or what is to be paused and its name: `type:...`, `tenant:...`, `queue:...`.',
          until:
            'When it ends by itself, at most a year ahead. Default: in a year. Jobs of groups are held for ten days at most.',
          why: 'The reason, as the list of pauses shows it.',
          submissions:
            'Whether submissions over HTTP are accepted or refused. What jobs and schedules submit is always accepted, and waits. Default: `accept`.',
        },
      },
      examples: {
        tenant: { name: tenant.name, why: tenant.why },
        queue: { name: 'queue:server' },
        maintenance: { name: 'tenant:globex', why: 'a restore', submissions: 'refuse' },
      },
    },
    answers: { 200: { description: 'It is paused.', schema: pause, examples: { tenant } } },
    problems: ['conflict'],
  },
  'DELETE /pauses/{pause}': {
    function: 'api',
    access: 'operate',
    operationId: 'resume',
    summary: 'Resume what is paused',
    description:
      'What is in the queues starts at once. What was held outside of them starts within five minutes, fifty jobs a second; a job of a group within half an hour.',
    tag: 'service',
    answers: {
      200: {
        description: 'It is resumed, now or before.',
        schema: pause,
        examples: {
          tenant: {
            ...tenant,
            active: false,
            resumedAt: '2026-11-25T20:01:12.004Z',
            resumedBy: 'key:4b1c7d',
          },
        },
      },
    },
    problems: ['not-found', 'conflict'],
  },
} as const satisfies Family;
