import { expect, test } from '@jest/globals';
import type { SampledJob } from '../../../../../shared/domain/state/ports.ts';
import { type SurveyFilter, surveyOf } from '../../../../../shared/operations/find/survey-jobs.ts';
import { anId } from '../../../../set-ups/samples.ts';

const now = 1_000_000;
const job = (number: number, more: Partial<SampledJob>): SampledJob => ({
  id: anId(number),
  tenant: 'acme',
  type: 'counting',
  status: 'queued',
  updatedAt: number,
  ...more,
});

test('a survey names tenants, failures and what waits longest, and divides by the share that was read', () => {
  const jobs = [
    job(1, { status: 'running' }),
    job(2, {}),
    job(3, { tenant: 'other', wait: { kind: 'time', since: 3, until: now + 1 } }),
    job(4, { tenant: 'other', status: 'waiting', wait: { kind: 'handler', since: 4, until: 900 } }),
    job(5, { tenant: 'other', status: 'waiting', wait: { kind: 'pause', since: 5, by: 'stage' } }),
    job(6, { status: 'failed', errorName: 'TimeoutError', finishedAt: 60 }),
    job(7, { status: 'failed', errorName: 'TimeoutError', finishedAt: 70 }),
    job(8, { status: 'failed', errorName: 'OtherError', finishedAt: 80 }),
    job(9, { status: 'succeeded' }),
    job(10, { tenant: 'other', status: 'waiting', wait: { kind: 'jobs', since: 10, ids: [anId(2)] } }),
  ];
  expect(surveyOf({ jobs, share: 0.5, units: 7 }, { filter: {}, now })).toEqual({
    sampled: 10,
    share: 0.5,
    units: 7,
    tenants: [
      { tenant: 'other', queued: 2, waiting: 6, running: 0 },
      { tenant: 'acme', queued: 2, waiting: 0, running: 2 },
    ],
    failures: [
      {
        tenant: 'acme',
        type: 'counting',
        error: 'TimeoutError',
        jobs: 4,
        latestAt: 70,
        ids: [anId(7), anId(6)],
      },
      { tenant: 'acme', type: 'counting', error: 'OtherError', jobs: 2, latestAt: 80, ids: [anId(8)] },
    ],
    oldest: [
      { id: anId(2), tenant: 'acme', type: 'counting', status: 'queued', dueAt: 2 },
      { id: anId(4), tenant: 'other', type: 'counting', status: 'waiting', dueAt: 900 },
    ],
  });
});

test.each<[SurveyFilter, readonly string[], readonly string[], readonly string[]]>([
  [{}, ['acme', 'other'], ['A', 'B', 'A'], [anId(1), anId(2)]],
  [{ tenant: 'other' }, ['other'], ['A'], [anId(2)]],
  [{ type: 'counting' }, ['acme'], ['A', 'B'], [anId(1)]],
  [{ error: 'A' }, [], ['A', 'A'], []],
  [{ tenant: 'acme', type: 'counting', error: 'B' }, [], ['B'], []],
])('a survey of %j has nothing else', (filter, ofTenants, errors, ids) => {
  const jobs = [
    job(1, {}),
    job(2, { tenant: 'other', type: 'sending' }),
    job(3, { status: 'failed', errorName: 'A' }),
    job(4, { status: 'failed', errorName: 'B' }),
    job(5, { tenant: 'other', type: 'sending', status: 'failed', errorName: 'A' }),
    // It has failed before.
    job(6, { tenant: 'other', type: 'sending', status: 'succeeded', errorName: 'A' }),
  ];
  const { tenants, failures, oldest } = surveyOf({ jobs, share: 1, units: 1 }, { filter, now });
  expect(tenants.map(({ tenant }) => tenant)).toEqual(ofTenants);
  expect(failures.map(({ error }) => error).sort()).toEqual([...errors].sort());
  expect(oldest.map(({ id }) => id)).toEqual(ids);
});

test('ten of each are shown', () => {
  const jobs = Array.from({ length: 15 }, (_, index) => [
    job(index, { tenant: `tenant ${index}` }),
    job(100 + index, { status: 'failed', errorName: `Error${index}` }),
    job(200 + index, { status: 'failed', errorName: 'Error0' }),
  ]).flat();
  const { tenants, failures, oldest } = surveyOf({ jobs, share: 1, units: 1 }, { filter: {}, now });
  expect([tenants.length, failures.length, oldest.length]).toEqual([10, 10, 10]);
  expect(failures[0]?.ids).toHaveLength(10);
});
