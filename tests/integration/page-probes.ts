import { assetUrl } from '../../functions/pages/html/assets.ts';
import type { Right } from '../../shared/domain/access/access-entry.ts';
import type { RoutesOf } from '../../shared/http/routes.ts';
import { yearly } from '../system/start-system.ts';
import type { HttpCall } from './attacked-system.ts';
import { get, type OpenRoute, type Probe } from './probes.ts';
import type { Victims } from './victims.ts';

type PageRoute = RoutesOf<'pages'>;
export type GuardedPage = Exclude<PageRoute, OpenRoute>;

/** What a browser sends for a form of a page of ours. */
export const form = (path: string, values: Readonly<Record<string, string>> = {}): HttpCall => ({
  method: 'POST',
  path,
  headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' },
  body: new URLSearchParams(values).toString(),
});

export interface PageProbe extends Probe {
  readonly right: Right;
  /** A script of ours calls it: it is answered without pages. */
  readonly isForScript?: true;
  /** A second call changes nothing. It leads back to the page that it came from. */
  readonly isRepeatable?: true;
  /** An item says which search there is: the first call makes it. */
  readonly isSearch?: true;
}

/** How to attack each page that asks for a session, a key or a grant. With a new one, it does not compile. */
export const pageProbes: Readonly<Record<GuardedPage, PageProbe>> = {
  'GET /ui': { right: 'read', status: 200, call: ({ tag }) => get(`/ui?tag=${tag}`) },
  'GET /ui/errors': { right: 'read', status: 200, call: () => get('/ui/errors') },
  'GET /ui/jobs/{id}': { right: 'read', status: 200, call: ({ waiting }) => get(`/ui/jobs/${waiting}`) },
  'GET /ui/jobs/{id}/signals/{signal}': {
    right: 'signal',
    status: 200,
    call: ({ asking }) => get(`/ui/jobs/${asking}/signals/approve`),
  },
  'POST /ui/jobs/{id}/signals/{signal}': {
    right: 'signal',
    status: 303,
    call: ({ asking }) => form(`/ui/jobs/${asking}/signals/approve`, { 'field.isOk': 'true' }),
  },
  'GET /ui/jobs/{id}/result': {
    right: 'read',
    status: 200,
    call: ({ succeeded }) => get(`/ui/jobs/${succeeded}/result`),
  },
  'GET /ui/jobs/{id}/logs': {
    right: 'logs',
    status: 200,
    call: ({ failed }) => get(`/ui/jobs/${failed}/logs`),
    isSearch: true,
  },
  'GET /ui/jobs/{id}/children/{key}': {
    right: 'read',
    status: 200,
    call: ({ parent }) => get(`/ui/jobs/${parent}/children/children`),
  },
  'POST /ui/jobs/{id}/children/{key}/retry': {
    right: 'control',
    status: 409,
    call: ({ parent }) => form(`/ui/jobs/${parent}/children/children/retry`),
  },
  'POST /ui/jobs/{id}/cancel': {
    right: 'control',
    status: 303,
    call: ({ waiting }) => form(`/ui/jobs/${waiting}/cancel`),
  },
  'POST /ui/jobs/{id}/retry': {
    right: 'control',
    status: 303,
    call: ({ canceled }) => form(`/ui/jobs/${canceled}/retry`),
  },
  'GET /ui/actions': {
    right: 'control',
    status: 200,
    call: ({ tag }) => get(`/ui/actions?action=cancel&tag=${tag}`),
  },
  'POST /ui/actions': {
    right: 'control',
    status: 303,
    call: ({ tag }) => form('/ui/actions', { action: 'cancel', tag }),
  },
  'GET /ui/job-types/{type}': { right: 'submit', status: 200, call: () => get('/ui/job-types/counting') },
  'POST /ui/job-types/{type}': {
    right: 'submit',
    status: 303,
    call: () => form('/ui/job-types/counting', { 'field.seconds': '0' }),
  },
  'POST /ui/uploads': {
    right: 'submit',
    status: 201,
    isForScript: true,
    call: () => ({
      method: 'POST',
      path: '/ui/uploads',
      headers: { 'sec-fetch-site': 'same-origin' },
      body: JSON.stringify({ bytes: 1 }),
    }),
  },
  'GET /ui/queues': { right: 'operate', status: 200, call: () => get('/ui/queues') },
  'GET /ui/stats': { right: 'operate', status: 200, call: () => get('/ui/stats?range=day') },
  'GET /ui/schedules': { right: 'operate', status: 200, call: () => get('/ui/schedules') },
  'POST /ui/schedules/{schedule}/run': {
    right: 'operate',
    status: 303,
    call: () => form(`/ui/schedules/${yearly.own}/run`),
  },
  'POST /ui/schedules/{schedule}/pause': {
    right: 'operate',
    status: 303,
    isRepeatable: true,
    call: () => form(`/ui/schedules/${yearly.own}/pause`),
  },
  'POST /ui/schedules/{schedule}/resume': {
    right: 'operate',
    status: 303,
    isRepeatable: true,
    call: () => form(`/ui/schedules/${yearly.own}/resume`),
  },
};

export const guardedPages = Object.keys(pageProbes) as GuardedPage[];

/** Calls of each page that everybody may open. With a new one, it does not compile. */
export const openPageCalls: Readonly<
  Record<Exclude<PageRoute, GuardedPage>, readonly ((victims: Victims) => HttpCall)[]>
> = {
  'GET /': [() => get('/')],
  'GET /ui/sign-in': [
    () => get('/ui/sign-in'),
    ({ waiting }) => get(`/ui/sign-in?next=/ui/jobs/${waiting}`),
    () => get('/ui/sign-in?next=//example.com'),
  ],
  'POST /ui/sign-in': [
    () => form('/ui/sign-in', { key: '' }),
    ({ waiting }) => form('/ui/sign-in', { key: 'sjw_a_key', next: `/ui/jobs/${waiting}` }),
  ],
  'POST /ui/sign-out': [() => form('/ui/sign-out')],
  'GET /ui/assets/{name}': [
    () => get(assetUrl('style.css')),
    () => get(assetUrl('page.js')),
    () => get(assetUrl('upload.js')),
    () => get('/ui/assets/none.js'),
  ],
};
