import type { Right } from '../job/access-entry.ts';

/**
 * What a route asks for: nothing, a right, or (for what people open in a browser) a link's grant for the one job, or an
 * API key with the right to read.
 */
export type Access = 'open' | Right | 'grant or read';

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
  'GET /ui/jobs/{id}': { function: 'status', access: 'grant or read', query: ['grant'] },
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
  'DELETE /jobs/{id}': { function: 'api', access: 'erase' },
  'GET /job-types': { function: 'api', access: 'read' },
  'GET /job-types/{type}': { function: 'api', access: 'read' },
  'GET /openapi.json': { function: 'api', access: 'open' },
  'GET /health': { function: 'api', access: 'open' },
  'GET /problems/{name}': { function: 'api', access: 'open' },
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
