import type { Right } from '../domain/access/access-entry.ts';

/**
 * What a route asks for: nothing, any credential (`caller`), or a right. A page asks people for it, who sign in by API key in every mode; the page
 * of a job takes a link's grant for that job, too.
 */
export type Access = 'open' | 'caller' | Right | `page ${Right}` | 'grant or read';

export interface Route {
  /** The function's name in serverless.yml. */
  readonly function: string;
  readonly access: Access;
  /** The query parameters that it knows. */
  readonly query?: readonly string[];
}

/**
 * Every route of the HTTP API. Packaging compares it with serverless.yml. It is data, and imports nothing at run time.
 * Every `GET` is there for `HEAD` too.
 */
export const routes = {
  'POST /jobs': { function: 'submit', access: 'submit' },
  'GET /jobs/{id}': { function: 'status', access: 'read', query: ['wait'] },
  'GET /jobs/{id}/wait': { function: 'wait', access: 'read', query: ['seconds'] },
  'GET /jobs': {
    function: 'api',
    access: 'read',
    query: ['status', 'type', 'tag', 'group', 'since', 'until', 'limit', 'cursor'],
  },
  'POST /jobs/batch': { function: 'api', access: 'submit' },
  'POST /jobs/actions': { function: 'api', access: 'control' },
  'POST /jobs/{id}/cancel': { function: 'api', access: 'control' },
  'POST /jobs/{id}/retry': { function: 'api', access: 'control' },
  'GET /jobs/{id}/result': { function: 'api', access: 'read' },
  'GET /jobs/{id}/input': { function: 'api', access: 'admin' },
  'DELETE /jobs/{id}': { function: 'api', access: 'erase' },
  'POST /uploads': { function: 'api', access: 'submit' },
  'GET /me': { function: 'api', access: 'caller' },
  'GET /webhook-secret': { function: 'api', access: 'admin' },
  'GET /job-types': { function: 'api', access: 'read' },
  'GET /job-types/{type}': { function: 'api', access: 'read' },
  'GET /schedules': { function: 'api', access: 'operate' },
  'POST /schedules/{schedule}/run': { function: 'api', access: 'operate' },
  'POST /schedules/{schedule}/pause': { function: 'api', access: 'operate' },
  'POST /schedules/{schedule}/resume': { function: 'api', access: 'operate' },
  'GET /queues': { function: 'api', access: 'operate' },
  'GET /openapi.json': { function: 'api', access: 'open' },
  'GET /health': { function: 'api', access: 'open' },
  'GET /problems/{name}': { function: 'api', access: 'open' },
  'GET /': { function: 'pages', access: 'open' },
  'GET /ui': {
    function: 'pages',
    access: 'page read',
    query: ['status', 'type', 'tag', 'group', 'since', 'until', 'cursor'],
  },
  'GET /ui/jobs/{id}': { function: 'pages', access: 'grant or read', query: ['grant'] },
  'POST /ui/jobs/{id}/cancel': { function: 'pages', access: 'page control' },
  'POST /ui/jobs/{id}/retry': { function: 'pages', access: 'page control' },
  'GET /ui/jobs/{id}/result': { function: 'pages', access: 'grant or read', query: ['grant'] },
  'GET /ui/actions': {
    function: 'pages',
    access: 'page control',
    query: ['action', 'status', 'type', 'tag', 'group', 'since', 'until'],
  },
  'POST /ui/actions': { function: 'pages', access: 'page control' },
  'GET /ui/job-types/{type}': { function: 'pages', access: 'page submit' },
  'POST /ui/job-types/{type}': { function: 'pages', access: 'page submit' },
  'POST /ui/uploads': { function: 'pages', access: 'page submit' },
  'GET /ui/queues': { function: 'pages', access: 'page operate' },
  'GET /ui/schedules': { function: 'pages', access: 'page operate', query: ['ran'] },
  'POST /ui/schedules/{schedule}/run': { function: 'pages', access: 'page operate' },
  'POST /ui/schedules/{schedule}/pause': { function: 'pages', access: 'page operate' },
  'POST /ui/schedules/{schedule}/resume': { function: 'pages', access: 'page operate' },
  'GET /ui/sign-in': { function: 'pages', access: 'open', query: ['next'] },
  'POST /ui/sign-in': { function: 'pages', access: 'open' },
  'POST /ui/sign-out': { function: 'pages', access: 'open' },
  'GET /ui/assets/{name}': { function: 'pages', access: 'open' },
  /** What is none of these. */
  $default: { function: 'api', access: 'open' },
} as const satisfies Readonly<Record<`${'GET' | 'POST' | 'PUT' | 'DELETE'} /${string}` | '$default', Route>>;

export type RouteKey = keyof typeof routes;
export const routeOf = (key: RouteKey): Route => routes[key];
export type HttpFunction = (typeof routes)[RouteKey]['function'];
/** The routes of a function. */
export type RoutesOf<Name extends HttpFunction> = {
  [Key in RouteKey]: (typeof routes)[Key]['function'] extends Name ? Key : never;
}[RouteKey];
