import { describe, expect, test } from '@jest/globals';
import {
  jobResponse,
  toAcceptedJob,
  toJobResponse,
  toListedJob,
} from '../../../../shared/http/job-response.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { aFailedItem, anId, aQueuedItem, aRunningItem, ids } from '../../../set-ups/samples.ts';

const urls = {
  statusUrl: 'https://api.example.com/jobs/1',
  pageUrl: 'https://api.example.com/ui/jobs/1?grant=a',
};

const resultObject = { name: 'results/a/b/1/2', bytes: 40_000, contentType: 'text/csv' };

const notify = [{ url: 'https://a.example/' }, { event: true as const }];
const notification = '[{"status":"failed","attempts":3,"lastError":"410"}]';

describe('a job response', () => {
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
    ['a job with tags that has to start by a time', aQueuedItem({ tags: ['one'], startBefore: t0 })],
  ])('fits its schema for %s', (_what, item) => {
    expect(jobResponse.parse(toJobResponse(item, urls))).toEqual(toJobResponse(item, urls));
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
