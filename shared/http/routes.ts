import { families } from './families/all.ts';
import type { Operation, Route } from './wire/route.ts';

/*
 * A bundle has what this module comes to in its place (infra/packaging/evaluated-modules.cjs): neither schemas nor texts. So it
 * exports nothing but data.
 */

export type RouteKey = keyof typeof families;

type Routes = {
  readonly [Key in RouteKey]: Pick<(typeof families)[Key], 'function' | 'access'> & Pick<Route, 'query'>;
};

const tableRow = ([key, { function: name, access, query }]: [string, Route | Operation]): [string, Route] => {
  const names = query && ('schema' in query ? Object.keys(query.schema.shape) : query);
  return [key, { function: name, access, ...(names ? { query: names } : {}) }];
};

/** Every route of the HTTP API, as functions need it. Every `GET` is there for `HEAD` too. */
export const routes = Object.fromEntries(Object.entries<Route | Operation>(families).map(tableRow)) as Routes;

export type HttpFunction = Routes[RouteKey]['function'];
/** The keys of the routes of a function. */
export type RoutesOf<Name extends HttpFunction> = {
  [Key in RouteKey]: Routes[Key]['function'] extends Name ? Key : never;
}[RouteKey];

/** Any of the routes, such as those of a function. */
export type SomeRoutes<Key extends RouteKey> = Pick<Routes, Key>;

const routesOf = <Name extends HttpFunction>(name: Name) =>
  Object.fromEntries(
    Object.entries<Route>(routes).filter(([, route]) => route.function === name),
  ) as SomeRoutes<RoutesOf<Name>>;

/** A bundle has the routes of its own function alone. */
export const submitRoutes = routesOf('submit');
export const statusRoutes = routesOf('status');
export const waitRoutes = routesOf('wait');
export const apiRoutes = routesOf('api');
export const pagesRoutes = routesOf('pages');
