import type { Right } from '../job/access-entry.ts';

/**
 * What a route asks for: nothing, a right, or (for what people open in a browser) a link's grant for the one job, or an
 * API key with the right to read.
 */
export type Access = 'open' | Right | 'grant or read';

interface Route {
  /** The function's name in serverless.yml. */
  readonly function: string;
  readonly access: Access;
}

/** Every route of the HTTP API. Packaging compares it with serverless.yml. It is data, and imports nothing at run time. */
export const routes = {
  'POST /jobs': { function: 'submit', access: 'submit' },
  'GET /jobs/{id}': { function: 'status', access: 'read' },
  'GET /ui/jobs/{id}': { function: 'status', access: 'grant or read' },
  'POST /jobs/{id}/cancel': { function: 'control', access: 'control' },
  'POST /jobs/{id}/retry': { function: 'control', access: 'control' },
} as const satisfies Readonly<Record<`${'GET' | 'POST' | 'PUT' | 'DELETE'} /${string}`, Route>>;

export type RouteKey = keyof typeof routes;
export type HttpFunction = (typeof routes)[RouteKey]['function'];
/** The routes of a function. */
export type RoutesOf<Name extends HttpFunction> = {
  [Key in RouteKey]: (typeof routes)[Key]['function'] extends Name ? Key : never;
}[RouteKey];
