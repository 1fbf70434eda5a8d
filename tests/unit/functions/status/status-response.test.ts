import { describe, expect, test } from '@jest/globals';
import { statusResponse } from '../../../../functions/status/status-response.ts';
import type { JobItem } from '../../../../shared/job/item.ts';
import { aFailedItem, aQueuedItem, aRequest, aRunningItem, jobId, t0 } from '../../../fakes/samples.ts';

const headersOf = (job: JobItem, now = t0, request = aRequest()) =>
  statusResponse(job, request, now).headers ?? {};
const etagOf = (job: JobItem, now?: number, request?: ReturnType<typeof aRequest>) =>
  String(headersOf(job, now, request).etag);

const asking = (ifNoneMatch: string) =>
  statusResponse(
    aRunningItem(),
    aRequest({ headers: { ...aRequest().headers, 'if-none-match': ifNoneMatch } }),
    t0,
  );
const etag = etagOf(aRunningItem());

describe('the ETag', () => {
  test('is a strong one, in quotes', () => {
    expect(etag).toMatch(/^"[\w-]{22}"$/);
  });

  test('is the same as long as the job is, whenever it is asked for', () => {
    expect(etagOf(aRunningItem(), t0 + 1_000_000)).toBe(etag);
  });

  test.each([
    ['status', aRunningItem({ status: 'succeeded' })],
    ['progress', aRunningItem({ progress: { percent: 1, message: null } })],
    ['attempt', aRunningItem({ attempt: 2 })],
    ['result', aRunningItem({ result: '1' })],
    ['time of change', aRunningItem({ updatedAt: t0 + 1 })],
    ['history', aRunningItem({ history: [] })],
  ])('changes with the %s', (_what, changed) => {
    expect(etagOf(changed)).not.toBe(etag);
  });

  test('does not change with what is not shown', () => {
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

describe('a client that has a state already', () => {
  test.each([
    ['that very one', etag],
    ['that very one, weakly', `W/${etag}`],
    ['that one among others', `"a", ${etag} ,W/"b"`],
    ['that one, weakly, among others', `"a",W/${etag}`],
    ['any', '*'],
  ])('is told that nothing changed, if it is %s', (_what, ifNoneMatch) => {
    const response = asking(ifNoneMatch);
    expect(response.statusCode).toBe(304);
    expect(response).not.toHaveProperty('body');
    expect(response.headers).toMatchObject({
      etag,
      'cache-control': 'private, no-cache',
      'retry-after': '1',
    });
  });

  test.each([
    ['another', '"another"'],
    ['without its quotes', etag.replaceAll('"', '')],
    ['none', ''],
    ['only commas', ',,'],
  ])('is given the job, if it is %s', (_what, ifNoneMatch) => {
    const response = asking(ifNoneMatch);
    expect(response.statusCode).toBe(200);
    expect(JSON.parse(response.body ?? '')).toMatchObject({ id: jobId, status: 'running' });
  });
});

describe('Retry-After', () => {
  test.each([
    [0, '1'],
    [5, '1'],
    [60, '6'],
    [304, '30'],
    [3_600, '30'],
    [-100, '1'],
  ])('of a job of %d seconds is %s', (ageSeconds, seconds) => {
    const job = aQueuedItem({ createdAt: t0 - ageSeconds * 1_000 });
    expect(headersOf(job)['retry-after']).toBe(seconds);
  });

  test.each([
    ['its time', { runAt: t0 + 90_001 }, '91'],
    ['its time, for long', { runAt: t0 + 86_400_000 }, '300'],
    ['the end of its sleep', { runAt: t0 - 5, notBefore: t0 + 90_000 }, '90'],
    ['other jobs', { runAt: t0 - 5, notBefore: t0 - 5 }, '1'],
  ])('of a job that waits for %s is the time left, 5 minutes at most', (_what, over, seconds) => {
    const job = aQueuedItem({ status: 'waiting', createdAt: t0, ...over });
    expect(headersOf(job)['retry-after']).toBe(seconds);
  });

  test.each(['queued', 'waiting', 'running'] as const)('is told while the job is %s', (status) => {
    expect(headersOf(aQueuedItem({ status }))).toHaveProperty('retry-after');
  });

  test.each(['succeeded', 'failed', 'canceled'] as const)('is not told when the job is %s', (status) => {
    expect(headersOf(aFailedItem({ status }))).not.toHaveProperty('retry-after');
  });
});
