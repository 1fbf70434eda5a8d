import { describe, expect, test } from '@jest/globals';
import { answerSubmitted } from '../../../../functions/submit/answer-submitted.ts';
import type { Right } from '../../../../shared/domain/access/access-entry.ts';
import { LimitExceededError } from '../../../../shared/domain/access/limit-error.ts';
import { StoreUnavailableError } from '../../../../shared/domain/base/errors.ts';
import type { JobItem } from '../../../../shared/domain/state/job/item.ts';
import { jobResponse } from '../../../../shared/http/responses/job-response.ts';
import type { WaitDoor } from '../../../../shared/operations/doors/wait-door.ts';
import { FixedClock } from '../../../../testkit/fakes/fixed.ts';
import { InMemoryJobStore } from '../../../../testkit/fakes/in-memory-job-store.ts';
import { recordedLog } from '../../../../testkit/fakes/recorded-log.ts';
import { aRootSecretEntry } from '../../../set-ups/access.ts';
import { aQueuedItem, aRequest, aRunningItem, jobId } from '../../../set-ups/samples.ts';

const succeeded = aRunningItem({ status: 'succeeded', result: '{"sum":3}' });

/** The answer to a submission. The table has `later` from its second second on. */
async function answerTo(
  prefer: string | undefined,
  over: {
    readonly job?: JobItem;
    readonly later?: JobItem;
    readonly replayed?: boolean;
    readonly rights?: readonly Right[];
    readonly waitDoor?: Pick<WaitDoor, 'enter'>;
    readonly maxWaitSeconds?: number;
  } = {},
) {
  const { job = aQueuedItem(), replayed = false, later = job, rights = ['submit', 'read'] } = over;
  const { waitDoor = { enter: async () => undefined }, maxWaitSeconds = 25 } = over;
  const store = new InMemoryJobStore();
  const clock = new FixedClock();
  const log = recordedLog();
  store.items.set(jobId, job);
  const request = aRequest({ headers: { ...aRequest().headers, ...(prefer ? { prefer } : {}) } });
  const answer = answerSubmitted(
    { job, replayed },
    { request, caller: { rights }, root: aRootSecretEntry(), retentionDays: 30 },
    { store, clock, log, waitDoor, maxWaitSeconds },
  );
  await clock.advance(1_000);
  store.items.set(jobId, later);
  await clock.advance(60_000);
  const { body = '', ...response } = await answer;
  return { ...response, body, job: jobResponse.parse(JSON.parse(body)), log };
}

const leaking = aRunningItem({
  status: 'failed',
  result: '{"sum":3}',
  resultObject: { name: 'results/a', bytes: 1, contentType: 'text/plain' },
  progress: { percent: 5, message: 'of-its-content' },
  error: { name: 'of-its-content', message: 'of-its-content' },
  history: [{ event: 'failed', at: 1, error: 'of-its-content' }],
  notify: [{ event: true }],
  notification: JSON.stringify([{ status: 'failed', attempts: 1, lastError: 'of-its-content' }]),
});

const location = `https://api.example.com/jobs/${jobId}`;

describe('the answer to a submission', () => {
  test.each([
    ['that is replayed', undefined, { job: leaking, replayed: true }],
    ['that waits', 'wait=5', { later: leaking }],
    ['that waits in vain', 'wait=1', { later: { ...leaking, status: 'running' as const } }],
  ])('%s has no link and nothing of the content for who may only submit', async (_what, prefer, over) => {
    const { statusCode, body } = await answerTo(prefer, { ...over, rights: ['submit'] });
    expect(statusCode).toBeLessThan(300);
    for (const key of ['result', 'resultObject', 'pageUrl', 'notification'])
      expect(JSON.parse(body)).not.toHaveProperty(key);
    expect(JSON.parse(body)).toMatchObject({ id: jobId, progress: null, error: null, history: [] });
    for (const text of ['of-its-content', 'grant=']) expect(body).not.toContain(text);
  });

  test.each([undefined, 'respond-async', 'wait=soon'])(
    'is 202 at once with the preference %s',
    async (prefer) => {
      const { statusCode, headers, job } = await answerTo(prefer, { later: succeeded });
      expect(statusCode).toBe(202);
      expect(headers).toEqual({
        'content-type': 'application/json',
        'cache-control': 'no-store',
        location,
        'operation-location': location,
        'retry-after': '1',
      });
      expect(job.status).toBe('queued');
    },
  );

  test('is 200 with the result if the client waits for it', async () => {
    const { statusCode, headers, job } = await answerTo('wait=5', { later: succeeded });
    expect(statusCode).toBe(200);
    expect(headers).toEqual({
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'preference-applied': 'wait=5',
    });
    expect(job).toMatchObject({ status: 'succeeded', result: { sum: 3 } });
  });

  test.each([
    ['wait=0', 'wait=0', 'queued'],
    ['wait=1', 'wait=1', 'queued'],
    ['wait=5', 'wait=5', 'running'],
    ['wait=6', 'wait=5', 'running'],
    ['wait=300', 'wait=5', 'running'],
  ])(
    'is 202, with the job as it is by then, if it does not end in time: %s',
    async (prefer, applied, status) => {
      const { statusCode, headers, job } = await answerTo(prefer, { later: aRunningItem() });
      expect(statusCode).toBe(202);
      expect(headers).toMatchObject({ location, 'preference-applied': applied });
      expect(job.status).toBe(status);
    },
  );

  test('is as late at most as the stage lets a request wait', async () => {
    const { headers } = await answerTo('wait=5', { later: aRunningItem(), maxWaitSeconds: 2 });
    expect(headers).toMatchObject({ 'preference-applied': 'wait=2' });
  });

  test('is 202 at once in a stage where nobody waits, unless the job has ended already', async () => {
    const { statusCode, headers, job } = await answerTo('wait=5', { later: succeeded, maxWaitSeconds: 0 });
    expect([statusCode, job.status]).toEqual([202, 'queued']);
    expect(headers).not.toHaveProperty('preference-applied');
    const replayed = await answerTo('wait=5', { replayed: true, job: succeeded, maxWaitSeconds: 0 });
    expect(replayed).toMatchObject({ statusCode: 200, job: { status: 'succeeded' } });
  });

  test('says that the job was submitted before', async () => {
    const replayed = { 'idempotent-replayed': 'true' };
    expect((await answerTo(undefined, { replayed: true })).headers).toMatchObject(replayed);
    const waited = await answerTo('wait=1', { replayed: true, job: succeeded });
    expect(waited).toMatchObject({ statusCode: 200, headers: replayed });
  });

  test('is 202 at once if the tenant has as many waits open as it may', async () => {
    const limit = { limit: 'waitsAtOnce', max: 1, retryAfterSeconds: 5 } as const;
    const waitDoor = { enter: () => Promise.reject(new LimitExceededError(limit)) };
    const answer = await answerTo('wait=5', { later: succeeded, waitDoor });
    expect([answer.statusCode, answer.job.status, answer.log.lines]).toEqual([202, 'queued', []]);
    expect(answer.headers).not.toHaveProperty('preference-applied');
  });

  test('is 202, and not an error, if the job is accepted but cannot be read while the client waits', async () => {
    const clock = new FixedClock();
    const log = recordedLog();
    const store = new InMemoryJobStore();
    store.read = () => Promise.reject(new StoreUnavailableError('no'));
    const { statusCode, headers } = await answerSubmitted(
      { job: aQueuedItem(), replayed: false },
      {
        request: aRequest({ headers: { ...aRequest().headers, prefer: 'wait=5' } }),
        caller: { rights: ['read'] },
        root: aRootSecretEntry(),
        retentionDays: 30,
      },
      { store, clock, log, waitDoor: { enter: async () => undefined }, maxWaitSeconds: 25 },
    );
    expect(statusCode).toBe(202);
    expect(headers?.location).toBe(location);
    expect(log.lines).toMatchObject([{ level: 'warn', message: 'wait given up', fields: { jobId } }]);
  });
});
