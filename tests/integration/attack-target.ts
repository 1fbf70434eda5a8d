import { families } from '../../shared/http/families/all.ts';
import { type RouteKey, routes } from '../../shared/http/routes.ts';
import type { Access } from '../../shared/http/wire/route.ts';
import { operations } from '../api-document.ts';
import { yearly } from '../system/start-system.ts';
import type { AttackedSystem, HttpCall } from './attacked-system.ts';
import { type RawAnswer, sendRaw } from './raw-http.ts';
import { newVictims, type Victims } from './victims.ts';

/** Who is attacked: the tenant `the-owner`, which nobody may change. */
export interface AttackTarget {
  readonly system: AttackedSystem;
  readonly victims: Victims;
  readonly ownersKey: string;
}

/** One attack. @returns what is wrong with its answer */
export type AttackCase = () => Promise<readonly string[]>;

export async function newTarget(system: AttackedSystem): Promise<AttackTarget> {
  const ownersKey = (await system.newKey({ tenant: 'the-owner' })).text;
  return { system, ownersKey, victims: await newVictims(system, ownersKey) };
}

/** A route as it was compiled, and whether its document says that a suspended tenant is refused. */
export interface AttackedRoute {
  readonly key: RouteKey;
  readonly method: string;
  readonly path: string;
  readonly access: Access;
  readonly query: readonly string[];
  readonly isRefusedIfSuspended: boolean;
}

/** All routes: a new one is attacked without a line of test. */
export const attackedRoutes: readonly AttackedRoute[] = (Object.keys(routes) as RouteKey[]).map((key) => {
  const [method = '', path = ''] = key === '$default' ? ['GET', '/nowhere'] : key.split(' ');
  const { access, query = [] } = routes[key];
  const family = families[key];
  const problems: readonly string[] = 'problems' in family ? family.problems : [];
  return { key, method, path, access, query, isRefusedIfSuspended: problems.includes('tenant-suspended') };
});

export const isPage = ({ path }: AttackedRoute): boolean => path === '/' || path.startsWith('/ui');
export const isOfJob = ({ path }: AttackedRoute): boolean => path.includes('{id}');

const parameters = ({ victims }: AttackTarget): Readonly<Record<string, string>> => ({
  id: victims.waiting,
  // Of any tenant, for those who operate the stage.
  job: victims.waiting,
  // Who may operate may do so to all schedules, and the owner is to stay as it is.
  schedule: yearly.foreign,
  type: 'counting',
  name: 'style.css',
});

/** A call of a route that is as good as its document's first example. */
export function callOf(
  route: AttackedRoute,
  target: AttackTarget,
  changed: Readonly<Record<string, string>> = {},
): HttpCall {
  const values = { ...parameters(target), ...changed };
  const path = route.path.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? 'anything');
  const { method } = route;
  if (method === 'GET') return { method, path };
  const form = { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' };
  if (isPage(route)) return { method, path, headers: form };
  const content = operations.get(route.key)?.requestBody?.content['application/json'];
  const [example] = Object.values(content?.examples ?? {});
  const value = typeof example === 'object' && example !== null && 'value' in example ? example.value : {};
  return { method, path, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
}

/** Sends a call with its path as it is: `fetch` would make `/jobs/../x` shorter. */
export function send({ system }: AttackTarget, call: HttpCall): Promise<RawAnswer> {
  const { method, path, headers = {}, body = '' } = call;
  const all = {
    host: new URL(system.address).host,
    ...headers,
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  const bytes = Buffer.from(body).toString('latin1');
  return sendRaw(system.address, [`${method} ${path} HTTP/1.1`, ...lines, '', bytes].join('\r\n'));
}

/** What nobody but the owner may read, without what the attacker has sent itself. */
export function leaksIn({ body, headers }: RawAnswer, call: HttpCall, { victims }: AttackTarget): string[] {
  const answered = `${[...headers.values()].join(' ')} ${body}`.toLowerCase();
  const shown = [...Object.values(victims), 'the-owner'].filter((secret) => answered.includes(secret));
  // Most answers tell none, and to decode a long call takes longer than all the rest.
  const sent = shown.length === 0 ? '' : decoded(`${call.path} ${call.body ?? ''}`);
  return shown.filter((secret) => !sent.includes(secret)).map((secret) => `tells ${secret}`);
}

function decoded(text: string): string {
  const once = text.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return once === text ? text.normalize('NFKC').toLowerCase() : decoded(once);
}

/** A fault of ours, or no answer at all. */
export const faultsIn = ({ status }: RawAnswer): string[] =>
  status >= 200 && status < 500 ? [] : [`status ${status}`];

export const shown = ({ method, path, headers = {}, body = '' }: HttpCall): string =>
  `${method} ${path.slice(0, 200)} ${JSON.stringify(headers).slice(0, 300)} ${body.slice(0, 200)}`;
