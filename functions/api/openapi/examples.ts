import { exampleJobs } from '#job-types/example-jobs.ts';

/** The examples of the document. A test checks all of them against its schemas, and makes every request for real. */

const {
  one: { result, ...one },
  other,
} = exampleJobs;

export const jobId = '5f0c3ad6-2e1b-4c9f-9a53-0d6c6b8f7a11';
const base = 'https://api.example.com';
export const submittedAt = '2026-11-25T16:32:33.526Z';
const endedAt = '2026-11-25T16:32:39.920Z';
const grant = '20827.Zk3qN0pYv7t1Xw5rJ2mLh8cBf6sDa4gEoUiTnRyKxQw';
const statusUrl = `${base}/jobs/${jobId}`;
const pageUrl = `${base}/ui/jobs/${jobId}?grant=${grant}`;

const listed = {
  id: jobId,
  type: one.type,
  status: 'queued',
  progress: null,
  attempt: 0,
  maxAttempts: 5,
  slices: 0,
  error: null,
  createdAt: submittedAt,
  startedAt: null,
  updatedAt: submittedAt,
  finishedAt: null,
  statusUrl,
};
const accepted = { ...listed, pageUrl };
const queued = { ...accepted, result: null, history: [] };
const succeeded = {
  ...accepted,
  status: 'succeeded',
  progress: { percent: 100, message: 'done' },
  attempt: 1,
  result,
  history: [
    { event: 'started', at: '2026-11-25T16:32:33.822Z', attempt: 1 },
    { event: 'succeeded', at: endedAt, attempt: 1 },
  ],
  startedAt: '2026-11-25T16:32:33.822Z',
  updatedAt: endedAt,
  finishedAt: endedAt,
};
const large = {
  ...succeeded,
  type: other.type,
  result: null,
  resultObject: { url: `${statusUrl}/result`, bytes: 1_048_576, contentType: 'application/json' },
};
const canceled = {
  ...queued,
  status: 'canceled',
  history: [{ event: 'canceled', at: endedAt, attempt: 0 }],
  updatedAt: endedAt,
  finishedAt: endedAt,
};

export const jobs = {
  queued: { queued },
  succeeded: { succeeded },
  canceled: { canceled },
  followed: { queued, succeeded, large },
  action: { accepted: { ...queued, type: 'bulk-action', maxAttempts: 20 } },
};

export const submissions = {
  one,
  other,
  ordered: { ...one, group: 'customer-4711', tags: ['nightly'] },
  later: { ...one, delaySeconds: 3600 },
};

export const batches = {
  batch: {
    jobs: [
      { ...one, idempotencyKey: 'order-4711' },
      { ...other, tags: ['nightly'] },
    ],
  },
};
export const batchAnswers = {
  batch: {
    items: [
      { status: 202, replayed: false, job: accepted },
      {
        status: 400,
        problem: {
          type: '/problems/invalid-request',
          title: 'The request is not valid',
          status: 400,
          detail: 'See `errors` for everything that is wrong.',
          instance: '/jobs/batch#/jobs/1',
          errors: [{ pointer: '/payload', detail: 'Invalid input: expected object, received string' }],
        },
      },
    ],
  },
};

export const actions = {
  retry: { action: 'retry', filter: { status: 'failed', type: other.type } },
  cancel: { action: 'cancel', filter: { tags: ['nightly'] } },
  erase: { action: 'erase', filter: { until: '2026-11-01T00:00:00Z' } },
};

export const uploadOrders = { csv: { bytes: 1_048_576, contentType: 'text/csv' } };
export const uploads = {
  csv: {
    object:
      'uploads/PeEoLvu204zpwmR54XZ2WA/2026-11-25/5f0c3ad6-2e1b-4c9f-9a53-0d6c6b8f7a11.kq3vN0pYv7t1Xw5rJ2mLh8',
    upload: {
      method: 'PUT',
      url: 'https://bucket.s3.eu-central-1.amazonaws.com/uploads/PeEoLvu204zpwmR54XZ2WA/2026-11-25/5f0c3ad6-2e1b-4c9f-9a53-0d6c6b8f7a11.kq3vN0pYv7t1Xw5rJ2mLh8?X-Amz-Signature=...',
      headers: { 'content-length': '1048576', 'content-type': 'text/csv', 'if-none-match': '*' },
    },
    expiresAt: '2026-11-25T16:47:33.526Z',
  },
};

export const lists = {
  page: { items: [listed], nextCursor: 'MTc5NTYyNDM1MzUyNg.pJq0Vt6xkC2yB8rN4wLs7Hd1FgTz3MuXeQaI9oYbEcU' },
};
const schedule = {
  name: 'nightly',
  cron: '30 3 * * *',
  timeZone: 'Europe/Berlin',
  ...one,
  tenant: 'acme',
  paused: false,
  nextRuns: ['26', '27', '28', '29', '30'].map((day) => `2026-11-${day}T02:30:00.000Z`),
  lastJobs: [
    {
      id: jobId,
      status: 'succeeded',
      runAt: '2026-11-25T02:30:00.000Z',
      createdAt: '2026-11-25T02:30:21.416Z',
      statusUrl,
    },
  ],
};
export const schedules = { nightly: schedule };
export const scheduleLists = { all: { items: [schedule] } };
export const results = { one: result };
const aWebhookSecret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=';
export const webhookSecrets = {
  one: { secret: aWebhookSecret },
  rotated: {
    secret: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDC2FVsBQIhro=',
    previous: { secret: aWebhookSecret, until: '2026-11-26T16:32:33.526Z' },
  },
};
export const callers = {
  key: {
    tenant: 'acme',
    rights: ['submit', 'read'],
    key: { id: 'k4Q9r8GKYqrTwjUP', expiresAt: '2027-11-26T16:32:33.526Z' },
  },
};
export const queueLists = {
  some: {
    items: [
      { name: 'standard', visible: 12, inFlight: 3, delayed: 0, oldestSeconds: 4 },
      { name: 'quarantine', visible: 0, inFlight: 0, delayed: 0 },
    ],
  },
};
export const healths = { healthy: { status: 'ok' } };

/** Of the parameters, by name. */
export const parameters: Readonly<Record<string, unknown>> = {
  id: jobId,
  type: one.type,
  name: 'key-reused',
  schedule: 'nightly',
  status: 'succeeded',
  tag: ['nightly'],
  group: 'customer-4711',
  since: '2026-11-25T00:00:00Z',
  until: '2026-11-26T00:00:00+01:00',
  limit: 50,
  cursor: lists.page.nextCursor,
  wait: 10,
  seconds: 10,
  'Idempotency-Key': '"order-4711"',
  'If-None-Match': '"yFwOdf2VdzI4RQnVTsaPZD"',
  Prefer: 'wait=10',
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
};
