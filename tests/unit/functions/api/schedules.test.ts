import { describe, expect, test } from '@jest/globals';
import { scheduleRoutes } from '../../../../functions/api/schedules.ts';
import type { Right } from '../../../../shared/domain/access/access-entry.ts';
import { StoreUnavailableError } from '../../../../shared/domain/base/errors.ts';
import { answerRoute, type RouteHandlers } from '../../../../shared/http/http-function.ts';
import { jobResponse } from '../../../../shared/http/responses/job-response.ts';
import { scheduleList, scheduleResponse } from '../../../../shared/http/responses/schedule-response.ts';
import { apiRoutes } from '../../../../shared/http/routes.ts';
import type { HttpRequest } from '../../../../shared/http/wire/http-types.ts';
import { problemsWith } from '../../../answer-check.ts';
import { routed } from '../../../api-gateway.ts';
import { aKey, aKeyEntry, anAccess } from '../../../set-ups/access.ts';
import { aKeyedRequest } from '../../../set-ups/samples.ts';
import { aScheduledStage, hourly, nightly } from '../../../set-ups/scheduling.ts';
import { secretPayload, secretSession, secretsIn } from '../../../set-ups/secretive-type.ts';

const secretiveSchedule = { ...hourly, name: 'secretive', type: 'secretive', payload: secretPayload };

/** The routes of schedules, called by somebody of the tenant `a tenant` who operates the stage. */
function aScheduleApi(
  schedules = [nightly, hourly, secretiveSchedule],
  rights: readonly Right[] = ['operate'],
) {
  const stage = aScheduledStage(schedules);
  const { deps: access, store } = anAccess();
  store.put(aKeyEntry(aKey(), { rights: [...rights], tenant: 'a tenant' }));
  const handlers = scheduleRoutes(stage.deps) as RouteHandlers<'api'>;
  const call = async (route: string, headers: Record<string, string> = {}) => {
    const [method = '', path = ''] = route.split(' ');
    const { event } = routed({ method, path });
    const request: HttpRequest = aKeyedRequest(aKey(), {
      ...event,
      headers: { ...event.headers, ...headers },
    });
    const { statusCode, ...answer } = await answerRoute(event.routeKey, request, {
      access,
      log: stage.log,
      routes: apiRoutes,
      handlers,
    });
    const status = Number(statusCode);
    const body = String(answer.body);
    const names = Object.entries(answer.headers ?? {}).map(([name, value]): [string, string] => [
      name,
      String(value),
    ]);
    // The document does not know the result of that type.
    if (path.includes(secretiveSchedule.name)) return { status, headers: new Headers(names), body };
    const problems = problemsWith({ method, path, status, headers: new Headers(names), body });
    expect({ route, problems }).toEqual({ route, problems: [] });
    return { status, headers: new Headers(names), body };
  };
  const bodyOf = async (route: string) => JSON.parse((await call(route)).body);
  return {
    ...stage,
    call,
    list: async () => scheduleList.parse(await bodyOf('GET /schedules')).items,
    bodyOf,
  };
}

describe('GET /schedules', () => {
  test('has every schedule with its next runs and last jobs, as the document says', async () => {
    const { list, occur, put, now } = aScheduleApi();
    const occurrence = await occur(nightly, '2026-01-02T02:30:00.000Z');
    const byHand = await put(nightly, now - 1_000);
    const [first, second] = await list();
    const jobOf = (id: string) => ({ id, status: 'queued', statusUrl: `https://api.example.com/jobs/${id}` });
    expect(first).toEqual({
      ...nightly,
      paused: false,
      nextRuns: ['03', '04', '05', '06', '07'].map((day) => `2026-01-${day}T02:30:00.000Z`),
      lastJobs: [
        { ...jobOf(byHand), createdAt: '2026-01-02T03:04:04.678Z' },
        { ...jobOf(occurrence), runAt: '2026-01-02T02:30:00.000Z', createdAt: '2026-01-02T02:30:20.000Z' },
      ],
    });
    expect(second).toMatchObject({ name: 'hourly', tenant: 'another tenant', lastJobs: [] });
  });

  test('shows no secret of a payload', async () => {
    const { call, list } = aScheduleApi();
    expect(secretsIn((await call('GET /schedules')).body)).toEqual([]);
    expect((await list())[2]?.payload).toMatchObject({ user: 'a-user', token: '[secret]' });
  });

  test('of a stage without schedules is an empty list', async () => {
    expect(await aScheduleApi([]).list()).toEqual([]);
  });
});

describe('POST /schedules/{schedule}/run', () => {
  test('is answered as a submission is', async () => {
    const { call, items, sent, log } = aScheduleApi(undefined, ['operate', 'read']);
    const { status, headers, body } = await call('POST /schedules/nightly/run');
    const job = jobResponse.parse(JSON.parse(body));
    expect(status).toBe(202);
    expect(job).toMatchObject({ type: 'counting', status: 'queued', tags: ['schedule:nightly'] });
    expect(headers.get('location')).toBe(job.statusUrl);
    expect(job.pageUrl).toMatch(/\/ui\/jobs\/[\da-f-]+\?grant=/);
    expect(items.get(job.id)).toMatchObject({ tenant: 'a tenant' });
    expect(sent()).toHaveLength(1);
    expect(log.lines).toMatchObject([
      {
        message: 'operation done',
        fields: { operation: 'runSchedule', actor: `key:${aKey().id}`, jobId: job.id, schedule: 'nightly' },
      },
    ]);
  });

  test('makes a job of the tenant of the schedule, and not of the caller', async () => {
    const { call, items } = aScheduleApi();
    const { id } = JSON.parse((await call('POST /schedules/hourly/run')).body);
    expect(items.get(id)).toMatchObject({ tenant: 'another tenant' });
  });

  test('runs a paused schedule, which stays paused', async () => {
    const { call, list } = aScheduleApi();
    await call('POST /schedules/nightly/pause');
    expect((await call('POST /schedules/nightly/run')).status).toBe(202);
    const [first] = await list();
    expect(first).toMatchObject({ paused: true, lastJobs: [{ status: 'queued' }] });
  });

  test('with the same key is the same job, and says so', async () => {
    const { call, sent } = aScheduleApi();
    const answers = [];
    for (const key of ['"k"', 'k', '"l"'])
      answers.push(await call('POST /schedules/nightly/run', { 'idempotency-key': key }));
    expect(answers.map(({ headers }) => headers.get('idempotent-replayed'))).toEqual([null, 'true', null]);
    expect(new Set(answers.map(({ body }) => JSON.parse(body).id)).size).toBe(2);
    expect(sent()).toHaveLength(2);
  });

  test('refuses a key that is none, and submits nothing', async () => {
    const { call, sent } = aScheduleApi();
    const { status, body } = await call('POST /schedules/nightly/run', { 'idempotency-key': '' });
    expect([status, JSON.parse(body).errors[0].pointer, sent()]).toEqual([400, 'Idempotency-Key', []]);
  });

  test.each([
    [['operate', 'read'] as const, { user: 'a-user', session: '[secret]' }],
    [['operate'] as const, undefined],
  ])(
    'shows nobody of another tenant what is secret in a result: with the rights %j',
    async (rights, result) => {
      const { call, items } = aScheduleApi(undefined, rights);
      const run = () => call('POST /schedules/secretive/run', { 'idempotency-key': 'k' });
      const { id } = JSON.parse((await run()).body);
      const item = items.get(id);
      const made = JSON.stringify({ user: 'a-user', session: secretSession });
      if (item) items.set(id, { ...item, status: 'succeeded', result: made });
      const shown = JSON.parse((await run()).body);
      expect([shown.id, shown.result, 'pageUrl' in shown]).toEqual([id, result, result !== undefined]);
    },
  );
});

describe('POST /schedules/{schedule}/pause and /resume', () => {
  test('answer with the schedule as it is now, also when they are repeated', async () => {
    const { bodyOf, paused } = aScheduleApi();
    for (const [action, isPaused] of [
      ['pause', true],
      ['pause', true],
      ['resume', false],
      ['resume', false],
    ] as const) {
      const schedule = scheduleResponse.parse(await bodyOf(`POST /schedules/nightly/${action}`));
      expect(schedule).toMatchObject({ name: 'nightly', paused: isPaused });
      expect((await paused.read()).has('nightly')).toBe(isPaused);
    }
  });

  test.each(['pause', 'resume'] as const)(
    'to %s is answered with 503 if that was not stored',
    async (action) => {
      const { call, records, log } = aScheduleApi();
      records.before = (made) => {
        if (made === `${action} a schedule`) throw new StoreUnavailableError('no');
      };
      expect((await call(`POST /schedules/nightly/${action}`)).status).toBe(503);
      expect(log.lines.map(({ message }) => message)).not.toContain('operation done');
    },
  );
});

test.each(['run', 'pause', 'resume'])('a name that no schedule has is 404 to %s', async (action) => {
  const { call, paused, sent } = aScheduleApi();
  for (const name of ['none', 'Nightly', '__proto__', '%2e%2e']) {
    const { status, body } = await call(`POST /schedules/${name}/${action}`);
    expect([status, JSON.parse(body).detail]).toEqual([404, 'There is no schedule of this name.']);
  }
  expect([(await paused.read()).size, sent()]).toEqual([0, []]);
});
