import { expect } from '@jest/globals';
import { type HttpFunction, routes } from '../../shared/http/routes.ts';
import type { Route } from '../../shared/http/wire/route.ts';
import {
  answers503,
  answersAnybody,
  type BundleExample,
  claims,
  counting,
  form,
  hasAsset,
  isPage,
  job,
  leadsToSignIn,
  open,
  readsPauses,
  refusesWithoutKey,
  rejects,
  request,
  returnsMessage,
  shows503,
  submit,
} from './bundle-example.ts';

/** Calls of a function's routes that ask for a credential. */
const guardedCalls = (name: HttpFunction): readonly string[] =>
  Object.entries<Route>(routes)
    .filter(([, { function: owner, access }]) => owner === name && access !== 'open')
    .map(([key]) =>
      key
        .replace('/jobs/{id}', job)
        .replace('{type}', 'counting')
        .replace('{schedule}', 'nightly')
        .replace('{signal}', 'approve')
        .replace('{key}', 'pages'),
    );

/** Paths of pages that ask for a credential, and that no script of ours calls. */
const pagesToSignIn = (method: 'GET' | 'POST'): readonly string[] =>
  guardedCalls('pages')
    .filter((call) => call.startsWith(`${method} `) && call !== 'POST /ui/uploads')
    .map((call) => call.slice(`${method} `.length));

/** By handler. */
export const bundleExamples: Readonly<Record<string, readonly BundleExample[]>> = {
  'functions/submit/handler.handler': [
    refusesWithoutKey('POST /jobs', counting),
    rejects('malformed JSON', submit('{'), 400),
    answers503('POST /jobs', counting),
  ],
  'functions/status/handler.handler': [
    refusesWithoutKey(`GET ${job}`),
    rejects('a malformed job id', request('GET /jobs/none'), 404),
    answers503(`GET ${job}`),
    {
      title: 'logs that the credentials are missing',
      event: request(`GET ${job}`),
      env: { ...open, AWS_ACCESS_KEY_ID: '' },
      answer: { statusCode: 503 },
      log: 'the environment has no credentials',
    },
  ],
  'functions/check/handler.handler': [
    {
      title: 'fails if AWS cannot be reached, so that the alarm of failed invocations goes off',
      event: {},
      error: 'StoreUnavailableError: the table is out of reach: read the state of the watch',
    },
  ],
  'functions/overdue/handler.handler': [
    {
      title: 'fails if AWS cannot be reached, so that the alarm of failed invocations goes off',
      event: {},
      error: 'StoreUnavailableError: the index of the jobs that wait could not be read',
    },
  ],
  'functions/wait/handler.handler': [
    refusesWithoutKey(`GET ${job}/wait`),
    rejects('a malformed job id', request('GET /jobs/none/wait'), 404),
    answers503(`GET ${job}/wait`),
  ],
  'functions/api/handler.handler': [
    ...guardedCalls('api').map((call) => refusesWithoutKey(call)),
    rejects('a cancel of a malformed job id', request('POST /jobs/none/cancel'), 404),
    rejects('a retry of a malformed job id', request('POST /jobs/none/retry'), 404),
    rejects('an unknown query parameter', request('GET /jobs?colour=red'), 400),
    rejects('an unknown schedule', request('POST /schedules/none/run'), 404),
    answers503('GET /jobs'),
    answers503('GET /errors'),
    answers503('GET /schedules'),
    answers503('GET /queues'),
    answers503('POST /jobs/actions', '{"action":"retry","filter":{"type":"counting"}}'),
    answers503(`POST ${job}/cancel`),
    answers503(`POST ${job}/retry`),
    answersAnybody('GET /health', 503),
    answersAnybody('GET /openapi.json', 200),
    answersAnybody('GET /problems/conflict', 200),
    answersAnybody('GET /nowhere', 404),
    answersAnybody(`PUT ${job}`, 405, { headers: { allow: 'DELETE, GET, HEAD' } }),
  ],
  'functions/pages/handler.handler': [
    answersAnybody('GET /', 303, { headers: { location: '/ui' } }),
    answersAnybody('GET /ui/sign-in', 200, { headers: isPage, body: expect.stringContaining('API key') }),
    hasAsset('style.css'),
    hasAsset('page.js'),
    answersAnybody('GET /ui/assets/none.js', 404, { headers: isPage }),
    ...pagesToSignIn('GET').map((path) => leadsToSignIn(`GET ${path}`, request(`GET ${path}`), path)),
    ...pagesToSignIn('POST').map((path) => leadsToSignIn(`POST ${path}`, form(path), '/ui')),
    rejects('a malformed job id', request('GET /ui/jobs/none'), 404),
    rejects('a form of another site', request('POST /ui/actions', ''), 403),
    rejects('an unknown job type', request('GET /ui/job-types/none'), 404),
    {
      title: 'has the form of a job type, made of the schema of its payload',
      event: request('GET /ui/job-types/counting'),
      env: open,
      answer: { statusCode: 200, headers: isPage, body: expect.stringContaining('name="field.seconds"') },
    },
    shows503('GET /ui', request('GET /ui')),
    shows503('the errors', request('GET /ui/errors')),
    shows503('the figures of the queues', request('GET /ui/queues')),
    shows503('the statistics', request('GET /ui/stats')),
    shows503('the schedules', request('GET /ui/schedules')),
    shows503('a cancel', form(`/ui${job}/cancel`)),
    shows503('a retry', form(`/ui${job}/retry`)),
    shows503('a bulk action', form('/ui/actions', 'action=cancel&type=counting')),
    shows503('a submission', form('/ui/job-types/counting', 'field.seconds=1')),
  ],
  'functions/worker/handler.handler': [returnsMessage('standard'), readsPauses('standard', 'csv-sums')],
  'functions/long-worker/handler.handler': [
    returnsMessage('long'),
    returnsMessage('ordered.fifo'),
    readsPauses('long', 'counting'),
    readsPauses('ordered.fifo', 'csv-sums'),
  ],
  'functions/bulk/handler.handler': [returnsMessage('bulk'), claims('bulk', 'bulk-action')],
  'functions/dead-letter/handler.handler': [
    returnsMessage('dead-letter'),
    returnsMessage('dead-letter.fifo'),
  ],
  'functions/notify/handler.handler': [returnsMessage('notify'), returnsMessage('notify-slow')],
  'functions/admission/handler.handler': [returnsMessage('waiting')],
};
