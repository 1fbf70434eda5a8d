import { describe, expect, test } from '@jest/globals';
import type { HistoryEntry, JobItem } from '../../../../../shared/domain/state/job/item.ts';
import {
  jobResponse,
  toAcceptedJob,
  toJobResponse,
  toListedJob,
  withoutContent,
} from '../../../../../shared/http/responses/job-response.ts';
import { jobUrls } from '../../../../../shared/http/responses/job-urls.ts';
import { statusResponse, withoutSecrets } from '../../../../../shared/http/responses/status-response.ts';
import { t0 } from '../../../../../testkit/fakes/fixed.ts';
import { aRootSecretEntry } from '../../../../set-ups/access.ts';
import {
  aFailedItem,
  anId,
  aQueuedItem,
  aRequest,
  aRunningItem,
  ids,
  jobId,
} from '../../../../set-ups/samples.ts';
import { secretive, secretSession } from '../../../../set-ups/secretive-type.ts';
import { waitingJobs } from '../../../../set-ups/waiting-jobs.ts';

const resultObject = { name: 'results/a/b/1/2', bytes: 40_000, contentType: 'text/csv' };

const parent = { id: anId(1), batch: anId(2), index: 3, shard: 0, depth: 1 };

const notify = [{ url: 'https://a.example/' }, { event: true as const }];
const notification = '[{"status":"failed","attempts":3,"lastError":"410"}]';

describe('a job response', () => {
  const urls = {
    statusUrl: 'https://api.example.com/jobs/1',
    pageUrl: 'https://api.example.com/ui/jobs/1?grant=a',
  };

  test.each([
    ['succeeded', 100],
    ['failed', 86],
    ['running', 86],
  ] as const)('of a job that is %s has %d percent, whatever it has reported last', (status, percent) => {
    const item = aQueuedItem({ status, progress: { percent: 86, message: 'the last rows' } });
    const progress = { percent, message: 'the last rows' };
    expect(toJobResponse(item, urls).progress).toEqual(progress);
    expect(toListedJob(item, urls.statusUrl).progress).toEqual(progress);
    expect(toJobResponse(aQueuedItem({ status }), urls).progress).toBeNull();
  });

  test('says who has canceled the job, also if its worker has ended it', () => {
    const history = [
      { event: 'started' as const, at: 1, attempt: 1 },
      { event: 'canceled' as const, at: 2, attempt: 1 },
    ];
    const item = aFailedItem({ status: 'canceled', history, canceledBy: 'key/one' });
    expect(toJobResponse(item, urls).history).toMatchObject([
      { event: 'started' },
      { event: 'canceled', by: 'key/one' },
    ]);
  });

  test('says who has retried the job last, and who has canceled it last', () => {
    const history: HistoryEntry[] = [
      { event: 'canceled', at: 1, attempt: 0 },
      { event: 'resubmitted', at: 2, attempt: 0 },
      { event: 'canceled', at: 3, attempt: 0 },
      { event: 'resubmitted', at: 4, attempt: 0 },
    ];
    const item = aQueuedItem({ history, canceledBy: 'key:one', retriedBy: 'key:two' });
    const names = toJobResponse(item, urls).history.map(({ by }) => by);
    expect(names).toEqual([undefined, undefined, 'key:one', 'key:two']);
  });

  test('says who is told of the end, and how it is with that', () => {
    expect(toJobResponse(aFailedItem({ notify, notification }), urls).notification).toEqual([
      { target: notify[0], status: 'failed', attempts: 3, lastError: '410' },
      { target: notify[1], status: 'pending', attempts: 0 },
    ]);
    expect(toJobResponse(aFailedItem(), urls)).not.toHaveProperty('notification');
    expect(toListedJob(aFailedItem({ notify }), urls.statusUrl)).not.toHaveProperty('notification');
  });

  test.each([
    ['a queued job', aQueuedItem()],
    ['a running job', aRunningItem()],
    ['a failed job', aFailedItem()],
    ['a succeeded job', aFailedItem({ status: 'succeeded', result: '[1]' })],
    ['a job whose result is in an object', aFailedItem({ status: 'succeeded', resultObject })],
    ['a job that tells of its end', aFailedItem({ notify, notification })],
    ['a job of a group', aQueuedItem({ group: 'a group' })],
    ['a waiting job', aQueuedItem({ status: 'waiting', dependsOn: [anId(1)], runAt: t0 })],
    ['a child', aQueuedItem({ parent })],
    ['a job with tags that has to start by a time', aQueuedItem({ tags: ['one'], startBefore: t0 })],
  ])('fits its schema for %s', (_what, item) => {
    expect(jobResponse.parse(toJobResponse(item, urls))).toEqual(toJobResponse(item, urls));
  });

  test.each([
    [{ usedMbMs: 1_000_000 * 1_024 }, 0.0133334],
    [{ usedServerMbMs: 10_000_000 * 1_024 }, 0.032375],
    [{ usedMbMs: 1_000_000 * 1_024, usedServerMbMs: 10_000_000 * 1_024 }, 0.0457084],
  ])('has what its computing has cost: %j', (used, usd) => {
    expect(toJobResponse(aQueuedItem(used), urls).cost).toEqual({ usd, counts: ['computing'] });
  });

  test('has null for attributes that the job does not have yet', () => {
    expect(toJobResponse(aQueuedItem(), urls)).toMatchObject({
      progress: null,
      result: null,
      error: null,
      startedAt: null,
      finishedAt: null,
      history: [],
    });
  });

  test('has times in ISO 8601, in UTC and with milliseconds', () => {
    const item = aFailedItem({ createdAt: t0 - 678, startedAt: t0, updatedAt: t0 + 1, finishedAt: t0 + 322 });
    expect(toJobResponse(item, urls)).toMatchObject({
      createdAt: '2026-01-02T03:04:05.000Z',
      startedAt: '2026-01-02T03:04:05.678Z',
      updatedAt: '2026-01-02T03:04:05.679Z',
      finishedAt: '2026-01-02T03:04:06.000Z',
    });
  });

  test('has the options of the job, and no keys for options that the job does not have', () => {
    const item = aQueuedItem({
      status: 'waiting',
      group: 'a group',
      dependsOn: [anId(2), anId(1)],
      runAt: t0,
      startBefore: t0 + 322,
      tags: ['two', 'one'],
    });
    expect(toJobResponse(item, urls)).toMatchObject({
      status: 'waiting',
      group: 'a group',
      dependsOn: [anId(2), anId(1)],
      runAt: '2026-01-02T03:04:05.678Z',
      startBefore: '2026-01-02T03:04:06.000Z',
      tags: ['two', 'one'],
    });
    for (const key of ['group', 'dependsOn', 'runAt', 'startBefore', 'tags'])
      expect(toJobResponse(aQueuedItem(), urls)).not.toHaveProperty(key);
  });

  test.each([
    ['for children, and no time', {}, undefined],
    ['for children and a time', { isTimed: true as const }, new Date(t0 + 60_000).toISOString()],
  ])('says that a job waits %s', (_what, timed, notBefore) => {
    const until = t0 + 60_000;
    const awaits = { until, batches: [anId(2)], ...timed };
    const parentOfSome = aQueuedItem({ status: 'waiting', notBefore: until, updatedAt: t0, awaits });
    const answer = toJobResponse(parentOfSome, urls);
    expect([answer.waitReason, answer.notBefore]).toEqual(['not all of its children have ended', notBefore]);
  });

  test.each(Object.entries(waitingJobs))('says what a job waits for: %s', (_kind, { item, reason }) => {
    expect(toJobResponse(item, urls).waitReason).toBe(reason);
    expect(toJobResponse({ ...item, group: 'g' }, urls).waitReason).toBe(
      `${reason}: the jobs behind it in its group wait, too`,
    );
  });

  test('says that a job waits for the turn of an attempt, or of a part, and not for one that has come', () => {
    const turn = { of: 'stripe', at: t0 + 60_000, until: t0 + 58_500 };
    const error = { name: 'LimitWaitError', message: 'the limit of stripe' };
    const reason = `the limit of stripe: its turn is at ${new Date(turn.at).toISOString()}`;
    const held = { turn, notBefore: turn.until };
    expect(toJobResponse(aQueuedItem({ ...held, status: 'waiting' }), urls).waitReason).toBe(reason);
    expect(toJobResponse(aQueuedItem({ ...held, error }), urls).waitReason).toBe(reason);
    const come = `not before ${new Date(turn.until).toISOString()}`;
    expect(toJobResponse(aQueuedItem(held), urls).waitReason).toBe(come);
    expect(toJobResponse(aRunningItem({ turn, error }), urls).waitReason).toBeUndefined();
  });

  test('says how many submissions came to a debounced job, and by when it starts', () => {
    const debounced = { submissions: 3, latestAt: t0 + 60_000 };
    const waiting = aQueuedItem({ status: 'waiting', message: '{}', notBefore: t0 + 20_000, debounced });
    const { waitReason, notBefore } = toJobResponse(waiting, urls);
    expect([waitReason, notBefore]).toEqual([
      `more submissions: 3 came, and it starts by ${new Date(t0 + 60_000).toISOString()}`,
      new Date(t0 + 20_000).toISOString(),
    ]);
    const { waitReason: admitted } = toJobResponse({ ...waiting, admittedBy: 'a message' }, urls);
    expect(admitted).toBe(`not before ${notBefore}`);
  });

  test('says where the children of a job are counted, if it has some, but not to who may not read', () => {
    const parentOfSome = aQueuedItem({ batches: new Set([anId(2)]) });
    const childrenUrl = `${urls.statusUrl}/children`;
    expect(toJobResponse(parentOfSome, urls).childrenUrl).toBe(childrenUrl);
    expect(toListedJob(parentOfSome, urls.statusUrl).childrenUrl).toBe(childrenUrl);
    expect(toJobResponse(aQueuedItem(), urls)).not.toHaveProperty('childrenUrl');
    expect(toJobResponse(withoutContent(parentOfSome), urls)).not.toHaveProperty('childrenUrl');
  });

  test('names the parent of a child, but not to who may not read', () => {
    const child = aQueuedItem({ parent });
    const named = { id: anId(1), index: 3 };
    expect(toJobResponse(child, urls).parent).toEqual(named);
    expect(toListedJob(child, urls.statusUrl).parent).toEqual(named);
    expect(toJobResponse(aQueuedItem(), urls)).not.toHaveProperty('parent');
    expect(toJobResponse(withoutContent(child), urls)).not.toHaveProperty('parent');
  });

  test('has the result as the handler returned it', () => {
    const result = '{"b":1e+300,"a":[null,"é"]}';
    const shown = toJobResponse(aFailedItem({ status: 'succeeded', result }), urls).result;
    expect(JSON.stringify(shown)).toBe(result);
  });

  test.each(['null', '0', 'false', '""'])('has the result %s', (result) => {
    expect(JSON.stringify(toJobResponse(aQueuedItem({ result }), urls).result)).toBe(result);
  });

  test('says where a large result is to be fetched, by an address of ours that stays the same', () => {
    const large = toJobResponse(aFailedItem({ status: 'succeeded', resultObject }), urls);
    const { bytes, contentType } = resultObject;
    expect(large).toMatchObject({
      result: null,
      resultObject: { url: `${urls.statusUrl}/result`, bytes, contentType },
    });
    expect(JSON.stringify(large)).not.toContain(resultObject.name);
    const streamed = aFailedItem({ status: 'succeeded', result: '{"rows":3}', resultObject });
    expect(toJobResponse(streamed, urls)).toMatchObject({ result: { rows: 3 }, resultObject: { bytes } });
    expect(toJobResponse(aFailedItem({ result: '1' }), urls)).not.toHaveProperty('resultObject');
  });

  test('is shorter in a list and in a batch: without results and histories', () => {
    const item = aFailedItem({ status: 'succeeded', result: '1', resultObject });
    for (const shown of [toListedJob(item, 'https://a.example'), toAcceptedJob(item, urls)])
      for (const key of ['result', 'resultObject', 'history']) expect(shown).not.toHaveProperty(key);
  });

  test('has none of the attributes that are not for clients', () => {
    const item = aRunningItem({
      message: 'secret',
      notBefore: 1,
      cancelRequested: true,
      expiresAt: 1,
      dependents: ids(2),
      admittedBy: 'secret',
      receiptHandle: 'secret',
    });
    const shown = JSON.stringify(toJobResponse(item, urls));
    for (const internal of [
      'tenant',
      'fingerprint',
      'fencingToken',
      'claim',
      'lease',
      'secret',
      'notBefore',
      'expiresAt',
      'dependents',
      anId(1_000),
      'admittedBy',
    ])
      expect(shown).not.toContain(internal);
  });
});

const second = 1_000;
const at = (seconds: number) => t0 + seconds * second;
const started = (seconds: number): HistoryEntry => ({ event: 'started', at: at(seconds) });

describe('the history in a job response', () => {
  const urls = {
    statusUrl: 'https://api.example.com/jobs/1',
    pageUrl: 'https://api.example.com/ui/jobs/1?grant=a',
  };

  const shownOf = (history: readonly HistoryEntry[]) =>
    toJobResponse(aQueuedItem({ history: [...history] }), urls).history.map(
      ({ event, attempt }) => `${event} ${attempt}`,
    );

  test('numbers the attempts, and shows the end of each', () => {
    const history: HistoryEntry[] = [
      started(1),
      { event: 'retrying', at: at(2), attempt: 1, error: 'no' },
      started(3),
      { event: 'succeeded', at: at(4), attempt: 2 },
    ];
    expect(shownOf(history)).toEqual(['started 1', 'retrying 1', 'started 2', 'succeeded 2']);
    const [, retrying] = toJobResponse(aQueuedItem({ history }), urls).history;
    expect(retrying).toEqual({ event: 'retrying', at: '2026-01-02T03:04:07.678Z', attempt: 1, error: 'no' });
  });

  test('shows an attempt without a stored end as crashed when the next attempt starts', () => {
    const history = [started(1), started(5), started(9)];
    expect(shownOf(history)).toEqual(['started 1', 'crashed 1', 'started 2', 'crashed 2', 'started 3']);
    const [, crashed] = toJobResponse(aQueuedItem({ history }), urls).history;
    expect(crashed?.at).toBe('2026-01-02T03:04:10.678Z');
  });

  test('shows no end of the last attempt, which may still be running', () => {
    expect(shownOf([started(1)])).toEqual(['started 1']);
  });

  test("starts the numbers again from 1 after the user's retry", () => {
    expect(
      shownOf([
        started(1),
        { event: 'retrying', at: at(2), attempt: 1 },
        started(3),
        { event: 'failed', at: at(4), attempt: 2 },
        { event: 'resubmitted', at: at(5), attempt: 0 },
        started(6),
        { event: 'succeeded', at: at(7), attempt: 1 },
      ]),
    ).toEqual([
      'started 1',
      'retrying 1',
      'started 2',
      'failed 2',
      'resubmitted 0',
      'started 1',
      'succeeded 1',
    ]);
  });

  test.each([
    ['waits for another attempt', { notBefore: t0 + 60_000, updatedAt: t0 }, '2026-01-02T03:05:05.678Z'],
    ['was handed over', { notBefore: t0, updatedAt: t0 }, undefined],
    ['was never started', {}, undefined],
  ])('shows when a job goes on, if it %s', (_what, over, notBefore) => {
    expect(toJobResponse(aQueuedItem(over), { statusUrl: 'https://a', pageUrl: 'https://b' }).notBefore).toBe(
      notBefore,
    );
  });

  test('shows an attempt that was put off, and the one after it, with the same number', () => {
    const putOff: HistoryEntry = { event: 'put-off', at: at(4), attempt: 1 };
    const failed: HistoryEntry = { event: 'retrying', at: at(2), attempt: 1 };
    expect(shownOf([started(1), failed, started(3), putOff, started(5)])).toEqual([
      'started 1',
      'retrying 1',
      'started 2',
      'put-off 2',
      'started 2',
    ]);
  });

  test('shows how often an attempt was put off for one reason, and when last', () => {
    const putOff: HistoryEntry = { event: 'put-off', at: at(2), attempt: 0, times: 3, lastAt: at(8) };
    const item = aQueuedItem({ history: [started(1), putOff] });
    expect(toJobResponse(item, urls).history[1]).toEqual({
      event: 'put-off',
      at: new Date(at(2)).toISOString(),
      attempt: 1,
      times: 3,
      lastAt: new Date(at(8)).toISOString(),
    });
  });

  test('starts the numbers again from 1 after a hand-over', () => {
    const handedOver: HistoryEntry = { event: 'handed-over', at: at(3), attempt: 0 };
    expect(shownOf([started(1), started(2), handedOver, started(4), started(5)])).toEqual([
      'started 1',
      'crashed 1',
      'started 2',
      'handed-over 0',
      'started 1',
      'crashed 1',
      'started 2',
    ]);
  });

  test.each([
    ['the cancel of a job that never ran', [{ event: 'canceled', at: t0, attempt: 0 }], ['canceled 0']],
    ['the failure of a job that never ran', [{ event: 'failed', at: t0 }], ['failed 0']],
    [
      'the failure of a job after a crash',
      [started(1), { event: 'failed', at: at(2) }],
      ['started 1', 'failed 1'],
    ],
  ] as [string, HistoryEntry[], string[]][])('shows %s', (_what, history, shown) => {
    expect(shownOf(history)).toEqual(shown);
  });
});

describe('status response', () => {
  const urls = {
    statusUrl: `https://api.example.com/jobs/${jobId}`,
    pageUrl: `https://api.example.com/ui/jobs/${jobId}?grant=a-grant`,
  };
  const headersOf = (job: JobItem, now = t0, request = aRequest()) =>
    statusResponse(job, request, { urls, now }).headers ?? {};
  const etagOf = (job: JobItem, now?: number, request?: ReturnType<typeof aRequest>) =>
    String(headersOf(job, now, request).etag);

  const responseTo = (ifNoneMatch: string) =>
    statusResponse(
      aRunningItem(),
      aRequest({ headers: { ...aRequest().headers, 'if-none-match': ifNoneMatch } }),
      { urls, now: t0 },
    );
  const etag = etagOf(aRunningItem());

  describe('the ETag of a job', () => {
    test('is strong: a text in quotes', () => {
      expect(etag).toMatch(/^"[\w-]{22}"$/);
    });

    test('does not depend on the time of the request', () => {
      expect(etagOf(aRunningItem(), t0 + 1_000_000)).toBe(etag);
    });

    test.each([
      ['status', aRunningItem({ status: 'succeeded' })],
      ['progress', aRunningItem({ progress: { percent: 1, message: null } })],
      ['attempt', aRunningItem({ attempt: 2 })],
      ['result', aRunningItem({ result: '1' })],
      ['time of the last change', aRunningItem({ updatedAt: t0 + 1 })],
      ['history', aRunningItem({ history: [] })],
    ])('changes with the %s of the job', (_what, changed) => {
      expect(etagOf(changed)).not.toBe(etag);
    });

    test('does not change with the grant in the address of the page', () => {
      const pageUrl = urls.pageUrl.replace('a-grant', 'another');
      const { headers } = statusResponse(aRunningItem(), aRequest(), {
        urls: { ...urls, pageUrl },
        now: t0,
      });
      expect(headers?.etag).toBe(etag);
    });

    test('does not change with attributes that the API does not show', () => {
      const same = aRunningItem({
        leaseUntil: t0 + 1,
        fencingToken: 9,
        claimId: 'x',
        cancelRequested: true,
        message: '{}',
      });
      expect(etagOf(same)).toBe(etag);
    });
  });

  describe('statusResponse', () => {
    test.each([
      ['is the current ETag', etag],
      ['is the current ETag as a weak one', `W/${etag}`],
      ['lists the current ETag among others', `"a", ${etag} ,W/"b"`],
      ['lists the current ETag as a weak one among others', `"a",W/${etag}`],
      ['is *', '*'],
    ])('answers 304 if If-None-Match %s', (_what, ifNoneMatch) => {
      const response = responseTo(ifNoneMatch);
      expect(response.statusCode).toBe(304);
      expect(response).not.toHaveProperty('body');
      expect(response.headers).toMatchObject({
        etag,
        'cache-control': 'no-store',
        'retry-after': '1',
      });
    });

    test.each([
      ['is another ETag', '"another"'],
      ['is the current ETag without its quotes', etag.replaceAll('"', '')],
      ['is empty', ''],
      ['has only commas', ',,'],
    ])('answers 200 with the job if If-None-Match %s', (_what, ifNoneMatch) => {
      const response = responseTo(ifNoneMatch);
      expect(response.statusCode).toBe(200);
      expect(JSON.parse(response.body ?? '')).toMatchObject({ id: jobId, status: 'running' });
    });
  });

  test('withoutSecrets hides what the contract of a job marks as secret in its result', () => {
    const result = JSON.stringify({ user: 'a-user', session: secretSession });
    const job = aFailedItem({ status: 'succeeded', type: 'secretive', result });
    expect(withoutSecrets(job, { secretive })).toEqual({
      ...job,
      result: '{"user":"a-user","session":"[secret]"}',
    });
    expect(withoutSecrets(aRunningItem(), { secretive })).toEqual(aRunningItem());
  });

  describe('Retry-After', () => {
    test.each([
      [0, '1'],
      [5, '1'],
      [60, '6'],
      [304, '30'],
      [3_600, '30'],
      [-100, '1'],
    ])('of a job that was submitted %d seconds ago is %s', (ageSeconds, seconds) => {
      const job = aQueuedItem({ createdAt: t0 - ageSeconds * 1_000 });
      expect(headersOf(job)['retry-after']).toBe(seconds);
    });

    test.each([
      ['its start time', { runAt: t0 + 90_001 }, '91'],
      ['a start time that is far ahead', { runAt: t0 + 86_400_000 }, '300'],
      ['the end of its sleep', { runAt: t0 - 5, notBefore: t0 + 90_000 }, '90'],
      ['other jobs', { runAt: t0 - 5, notBefore: t0 - 5 }, '1'],
    ])('of a job that waits for %s is the time left, but 5 minutes at most', (_what, over, seconds) => {
      const job = aQueuedItem({ status: 'waiting', createdAt: t0, ...over });
      expect(headersOf(job)['retry-after']).toBe(seconds);
    });

    test.each(['queued', 'waiting', 'running'] as const)('is sent for a %s job', (status) => {
      expect(headersOf(aQueuedItem({ status }))).toHaveProperty('retry-after');
    });

    test.each(['succeeded', 'failed', 'canceled'] as const)('is not sent for a %s job', (status) => {
      expect(headersOf(aFailedItem({ status }))).not.toHaveProperty('retry-after');
    });
  });
});

describe('the URL of a job', () => {
  const https = { host: 'h.example', 'x-forwarded-proto': 'https' };
  test.each([
    [
      'is at the root of the host on the default stage',
      aRequest({ rawPath: '/jobs', headers: https }),
      `https://h.example/jobs/${jobId}`,
    ],
    [
      'is below the stage if the request path is',
      aRequest({ rawPath: '/dev/jobs', stage: 'dev', headers: https }),
      `https://h.example/dev/jobs/${jobId}`,
    ],
    [
      'is at the root of a custom domain that does not show the stage',
      aRequest({ rawPath: '/jobs', stage: 'dev', headers: https }),
      `https://h.example/jobs/${jobId}`,
    ],
    [
      'is at the root if the request path only starts with the letters of the stage',
      aRequest({ rawPath: '/devices', stage: 'dev', headers: https }),
      `https://h.example/jobs/${jobId}`,
    ],
    [
      'is below the public URL of the stage, whatever was called',
      aRequest({
        rawPath: '/dev/jobs',
        stage: 'dev',
        headers: https,
        publicUrl: 'https://api.example.com/v1',
      }),
      `https://api.example.com/v1/jobs/${jobId}`,
    ],
    [
      'has the scheme http if no proxy set a scheme',
      aRequest({ headers: { host: 'localhost:3000' } }),
      `http://localhost:3000/jobs/${jobId}`,
    ],
    [
      'has the domain name of the API if there is no Host header',
      aRequest({ headers: { 'x-forwarded-proto': 'https' } }),
      `https://domain.example.com/jobs/${jobId}`,
    ],
  ])('%s', (_what, request, url) => {
    const { statusUrl, pageUrl } = jobUrls(request, aQueuedItem(), {
      root: aRootSecretEntry(),
      retentionDays: 15,
    });
    expect(statusUrl).toBe(url);
    expect(pageUrl.replace(/\?grant=[\w.-]+$/, '')).toBe(url.replace('/jobs/', '/ui/jobs/'));
  });
});
