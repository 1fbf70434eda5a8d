import type { Right } from '../../shared/domain/access/access-entry.ts';
import type { RouteKey, RoutesOf, routes } from '../../shared/http/routes.ts';
import { yearly } from '../system/start-system.ts';
import type { HttpCall } from './attacked-system.ts';
import type { Victims } from './victims.ts';

/** The routes that everybody may call. */
export type OpenRoute = {
  [Key in RouteKey]: (typeof routes)[Key]['access'] extends 'open' ? Key : never;
}[RouteKey];
/** The routes of programs that ask for a credential. Pages are in page-probes.ts. */
export type GuardedRoute = Exclude<RouteKey, OpenRoute | RoutesOf<'pages'>>;

export interface Probe {
  /** The right that the route asks for; undefined if any credential will do. */
  readonly right: Right | undefined;
  /** What its owner is answered. */
  readonly status: number;
  /** A call that would have an effect, or show a job, if it were let in. */
  call(victims: Victims): HttpCall;
}

export const get = (path: string): HttpCall => ({ method: 'GET', path });
export const post = (path: string, body?: object): HttpCall => ({
  method: 'POST',
  path,
  ...(body === undefined ? {} : { body: JSON.stringify(body) }),
});

/** A job that does not run during a test, and whose message nobody receives: SQS delays it for 15 minutes. */
export const lateJob = { type: 'counting', payload: { seconds: 0 }, delaySeconds: 1_500 };

/** The same of a type that takes answers. */
export const lateBooking = { ...lateJob, type: 'booking', payload: { seats: 0, waitSeconds: 0 } };

/** A job that spawns children. */
export const parentJob = { type: 'contact-sheet', payload: { count: 2 } };

/** A job that fails at once: the CSV has no such column. */
export const failingJob = {
  type: 'csv-sums',
  payload: { csv: 'a\n1\n', groupBy: 'b', metrics: [{ column: 'a', op: 'sum' }] },
};

/** How to attack each route that asks for a credential. With a new route, it does not compile. */
export const probes: Readonly<Record<GuardedRoute, Probe>> = {
  'POST /jobs': { right: 'submit', status: 202, call: () => post('/jobs', lateJob) },
  'GET /jobs/{id}': { right: 'read', status: 200, call: ({ waiting }) => get(`/jobs/${waiting}`) },
  'GET /jobs/{id}/wait': {
    right: 'read',
    status: 200,
    call: ({ succeeded }) => get(`/jobs/${succeeded}/wait`),
  },
  'GET /jobs': { right: 'read', status: 200, call: ({ tag }) => get(`/jobs?tag=${tag}`) },
  'GET /errors': { right: 'read', status: 200, call: () => get('/errors') },
  'POST /jobs/batch': {
    right: 'submit',
    status: 200,
    call: () => post('/jobs/batch', { jobs: [lateJob, lateJob] }),
  },
  'POST /jobs/actions': {
    right: 'control',
    status: 202,
    call: ({ tag }) => post('/jobs/actions', { action: 'cancel', filter: { tags: [tag] } }),
  },
  'POST /tenant-actions': {
    right: 'operate',
    status: 202,
    call: () => post('/tenant-actions', { action: 'cancel', tenant: 'nobody' }),
  },
  'POST /jobs/{id}/cancel': {
    right: 'control',
    status: 200,
    call: ({ waiting }) => post(`/jobs/${waiting}/cancel`),
  },
  'POST /jobs/{id}/retry': {
    right: 'control',
    status: 202,
    call: ({ canceled }) => post(`/jobs/${canceled}/retry`),
  },
  'POST /jobs/{id}/signals/{signal}': {
    right: 'signal',
    status: 202,
    call: ({ asking }) => post(`/jobs/${asking}/signals/approve`, { isOk: true }),
  },
  'GET /jobs/{id}/result': {
    right: 'read',
    status: 200,
    call: ({ succeeded }) => get(`/jobs/${succeeded}/result`),
  },
  'GET /jobs/{id}/input': {
    right: 'admin',
    status: 200,
    call: ({ failed }) => get(`/jobs/${failed}/input`),
  },
  'GET /jobs/{id}/logs': { right: 'logs', status: 200, call: ({ failed }) => get(`/jobs/${failed}/logs`) },
  'GET /jobs/{id}/children': {
    right: 'read',
    status: 200,
    call: ({ parent }) => get(`/jobs/${parent}/children`),
  },
  'GET /jobs/{id}/children/{key}': {
    right: 'read',
    status: 200,
    call: ({ parent }) => get(`/jobs/${parent}/children/children`),
  },
  'GET /jobs/{id}/children/{key}/{index}': {
    right: 'read',
    status: 200,
    call: ({ parent }) => get(`/jobs/${parent}/children/children/0`),
  },
  'POST /jobs/{id}/children/{key}/{index}/cancel': {
    right: 'control',
    status: 409,
    call: ({ parent }) => post(`/jobs/${parent}/children/children/0/cancel`),
  },
  'POST /jobs/{id}/children/{key}/{index}/retry': {
    right: 'control',
    status: 409,
    call: ({ parent }) => post(`/jobs/${parent}/children/children/0/retry`),
  },
  'POST /jobs/{id}/children/{key}/retry': {
    right: 'control',
    status: 409,
    call: ({ parent }) => post(`/jobs/${parent}/children/children/retry`),
  },
  'DELETE /jobs/{id}': {
    right: 'erase',
    status: 204,
    call: ({ succeeded }) => ({ method: 'DELETE', path: `/jobs/${succeeded}` }),
  },
  'POST /uploads': { right: 'submit', status: 201, call: () => post('/uploads', { bytes: 1 }) },
  'GET /me': { right: undefined, status: 200, call: () => get('/me') },
  'GET /webhook-secret': {
    right: 'admin',
    status: 200,
    call: () => get('/webhook-secret?url=https%3A%2F%2Fhooks.example.com%2Fjobs'),
  },
  // Of a job of somebody else nobody learns more than that there is none.
  'POST /ended-links': {
    right: 'control',
    status: 400,
    call: ({ waiting }) =>
      post('/ended-links', { url: `https://jobs.example/ui/jobs/${waiting}?grant=1.x.y` }),
  },
  'GET /schedules': { right: 'operate', status: 200, call: () => get('/schedules') },
  'POST /schedules/{schedule}/run': {
    right: 'operate',
    status: 202,
    call: () => post(`/schedules/${yearly.own}/run`),
  },
  'POST /schedules/{schedule}/pause': {
    right: 'operate',
    status: 200,
    call: () => post(`/schedules/${yearly.own}/pause`),
  },
  'POST /schedules/{schedule}/resume': {
    right: 'operate',
    status: 200,
    call: () => post(`/schedules/${yearly.own}/resume`),
  },
  'GET /queues': { right: 'operate', status: 200, call: () => get('/queues') },
  'GET /pauses': { right: 'operate', status: 200, call: () => get('/pauses') },
  // Of nobody, since the others are to run.
  'POST /pauses': {
    right: 'operate',
    status: 200,
    call: () => post('/pauses', { name: 'tenant:nobody' }),
  },
  'DELETE /pauses/{pause}': {
    right: 'operate',
    status: 404,
    call: () => ({ method: 'DELETE', path: '/pauses/tenant:nobody-else' }),
  },
  'GET /operations': { right: 'operate', status: 200, call: () => get('/operations') },
  'GET /operations/jobs/{job}': {
    right: 'operate',
    status: 200,
    call: ({ waiting }) => get(`/operations/jobs/${waiting}`),
  },
  'GET /operations/stuck': { right: 'operate', status: 200, call: () => get('/operations/stuck') },
  'POST /operations/stuck': {
    right: 'operate',
    status: 202,
    call: () => post('/operations/stuck', { queues: ['server'], purgedAt: '2026-01-01T00:00:00Z' }),
  },
  'GET /job-types': { right: 'read', status: 200, call: () => get('/job-types') },
  'GET /job-types/{type}': { right: 'read', status: 200, call: () => get('/job-types/counting') },
};

export const guardedRoutes = Object.keys(probes) as GuardedRoute[];
/** The routes by which who operates the stage looks at the jobs of all tenants, without payload and result. */
export const isOfAllTenants = (routeKey: RouteKey): boolean => /^\w+ \/operations/.test(routeKey);
/** The routes that are about one job, which the address names, or the link that is to end. */
export const isOfOneJob = (routeKey: RouteKey): boolean =>
  routeKey.includes('{id}') || routeKey === 'POST /ended-links';
/** Those that are about one schedule. A test that loads the functions as they are has none, since the project has none. */
export const isOfOneSchedule = (routeKey: RouteKey): boolean => routeKey.includes('{schedule}');

/** Calls of each route that everybody may call. With a new one, it does not compile. */
export const openCalls: Readonly<
  Record<Exclude<OpenRoute, RoutesOf<'pages'>>, readonly ((victims: Victims) => HttpCall)[]>
> = {
  'GET /openapi.json': [() => get('/openapi.json')],
  'GET /health': [() => get('/health')],
  'GET /problems/{name}': [() => get('/problems/conflict'), () => get('/problems/none')],
  $default: [
    () => get('/nowhere'),
    () => ({ method: 'PUT', path: '/jobs' }),
    ({ waiting }) => get(`/jobs/${waiting}/nothing`),
    ({ waiting }) => ({ method: 'PATCH', path: `/jobs/${waiting}`, body: '{}' }),
    ({ succeeded }) => ({ method: 'DELETE', path: `/jobs/${succeeded}/result` }),
  ],
};
