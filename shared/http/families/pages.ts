import type { UndocumentedFamily } from '../wire/route.ts';

const filter = ['status', 'type', 'tag', 'group', 'error', 'since', 'until'] as const;

/** What people open in a browser. */
export const pages = {
  'GET /': { function: 'pages', access: 'open' },
  'GET /ui': { function: 'pages', access: 'page read', query: [...filter, 'cursor'] },
  'GET /ui/errors': { function: 'pages', access: 'page read', query: ['type', 'cursor'] },
  'GET /ui/jobs/{id}': { function: 'pages', access: 'grant or read', query: ['grant', 'level'] },
  'POST /ui/jobs/{id}/cancel': { function: 'pages', access: 'page control' },
  'POST /ui/jobs/{id}/retry': { function: 'pages', access: 'page control' },
  'GET /ui/jobs/{id}/signals/{signal}': {
    function: 'pages',
    access: 'link or signal',
    query: ['key', 'about', 'as', 'link'],
  },
  'POST /ui/jobs/{id}/signals/{signal}': {
    function: 'pages',
    access: 'link or signal',
    query: ['key', 'about', 'as', 'link'],
  },
  'GET /ui/jobs/{id}/result': { function: 'pages', access: 'grant or read', query: ['grant'] },
  'GET /ui/jobs/{id}/logs': { function: 'pages', access: 'page logs', query: ['cursor', 'attempt', 'level'] },
  'GET /ui/jobs/{id}/children/{key}': { function: 'pages', access: 'page read', query: ['status', 'after'] },
  'POST /ui/jobs/{id}/children/{key}/retry': { function: 'pages', access: 'page control' },
  'GET /ui/actions': { function: 'pages', access: 'page control', query: ['action', ...filter] },
  'POST /ui/actions': { function: 'pages', access: 'page control' },
  'GET /ui/job-types/{type}': { function: 'pages', access: 'page submit', query: ['from'] },
  'POST /ui/job-types/{type}': { function: 'pages', access: 'page submit' },
  'POST /ui/uploads': { function: 'pages', access: 'page submit' },
  'GET /ui/queues': { function: 'pages', access: 'page operate' },
  'GET /ui/stats': { function: 'pages', access: 'page operate', query: ['range', 'type'] },
  'GET /ui/schedules': { function: 'pages', access: 'page operate', query: ['ran'] },
  'POST /ui/schedules/{schedule}/run': { function: 'pages', access: 'page operate' },
  'POST /ui/schedules/{schedule}/pause': { function: 'pages', access: 'page operate' },
  'POST /ui/schedules/{schedule}/resume': { function: 'pages', access: 'page operate' },
  'GET /ui/sign-in': { function: 'pages', access: 'open', query: ['next'] },
  'POST /ui/sign-in': { function: 'pages', access: 'open' },
  'POST /ui/sign-out': { function: 'pages', access: 'open' },
  'GET /ui/assets/{name}': { function: 'pages', access: 'open' },
} as const satisfies Partial<UndocumentedFamily>;

/** What is none of all routes. */
export const other = {
  $default: { function: 'api', access: 'open' },
} as const satisfies Partial<UndocumentedFamily>;
