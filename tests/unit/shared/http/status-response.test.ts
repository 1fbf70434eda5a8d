import { describe, expect, test } from '@jest/globals';
import { statusResponse, withoutSecrets } from '../../../../shared/http/status-response.ts';
import type { JobItem } from '../../../../shared/job/item.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { aFailedItem, aQueuedItem, aRequest, aRunningItem, jobId } from '../../../set-ups/samples.ts';
import { secretive, secretSession } from '../../../set-ups/secretive-type.ts';

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
      'cache-control': 'private, no-cache',
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
