import { describe, expect, test } from '@jest/globals';
import { acceptedResponse, jobAnswer } from '../../../../shared/http/job-answer.ts';
import {
  acceptedJob,
  listedJob,
  retryAfterSeconds,
  toAcceptedJob,
  toListedJob,
} from '../../../../shared/http/job-response.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { aRootEntry } from '../../../set-ups/access.ts';
import { aFailedItem, aQueuedItem, aRequest, aRunningItem, jobId } from '../../../set-ups/samples.ts';

const urls = {
  statusUrl: 'https://api.example.com/jobs/1',
  pageUrl: 'https://api.example.com/ui/jobs/1?grant=a',
};

describe('a job in a list, and in a batch', () => {
  const items = [
    aQueuedItem({ tags: ['a'], startBefore: t0, group: 'g' }),
    aRunningItem({ progress: { percent: 5, message: null } }),
    aFailedItem(),
    aFailedItem({ status: 'succeeded', result: '{"a":1}' }),
  ];

  test.each(items)('fits its schema, and has nothing else: %#', (item) => {
    const listed = toListedJob(item, urls.statusUrl);
    expect(listedJob.parse(listed)).toEqual(listed);
    const accepted = toAcceptedJob(item, urls);
    expect(acceptedJob.parse(accepted)).toEqual(accepted);
  });

  test('has no result and no history, and in a list no link for everybody', () => {
    for (const item of items) {
      const shown = [toListedJob(item, urls.statusUrl), toAcceptedJob(item, urls)];
      for (const job of shown) for (const key of ['result', 'history']) expect(job).not.toHaveProperty(key);
      expect(JSON.stringify(shown[0])).not.toContain('grant');
      expect(shown[1]).toMatchObject(urls);
    }
  });

  test('does not need a result that can be read', () => {
    expect(toListedJob(aFailedItem({ result: 'not JSON' }), urls.statusUrl).status).toBe('failed');
  });
});

describe('the answer with a job', () => {
  const answering = { request: aRequest(), root: aRootEntry(), retentionDays: 30 };

  test('has the status and the headers of its caller', () => {
    const { statusCode, headers, body = '' } = jobAnswer(200, aFailedItem(), answering, { 'x-a': '1' });
    expect([statusCode, headers]).toEqual([200, { 'content-type': 'application/json', 'x-a': '1' }]);
    expect(JSON.parse(body)).toMatchObject({ id: jobId, statusUrl: `https://api.example.com/jobs/${jobId}` });
  });

  test('says of an accepted job where, and after how many seconds, to ask for it', () => {
    const job = aQueuedItem({ runAt: t0 + 90_000 });
    const { statusCode, headers } = acceptedResponse({ job, replayed: false }, { ...answering, now: t0 });
    expect([statusCode, headers]).toEqual([
      202,
      {
        'content-type': 'application/json',
        location: `https://api.example.com/jobs/${jobId}`,
        'retry-after': '90',
      },
    ]);
  });

  test('says of a job that has ended that one can ask at once', () => {
    const submitted = { job: aFailedItem(), replayed: true };
    expect(acceptedResponse(submitted, { ...answering, now: t0 }).headers).toMatchObject({
      'retry-after': '0',
      'idempotent-replayed': 'true',
    });
  });
});

describe('retryAfterSeconds', () => {
  /** A job that began `ran` seconds ago, and reported so many percent just now. */
  const running = (ran: number, percent: number) =>
    aRunningItem({
      createdAt: t0,
      startedAt: t0,
      updatedAt: t0 + ran * 1000,
      progress: { percent, message: null },
    });

  test.each([
    [100, 0, 10],
    [100, 50, 10],
    [100, 90, 10],
    [100, 95, 6],
    [100, 99, 2],
    [100, 100, 1],
    [10_000, 1, 30],
    [10_000, 99.9, 11],
    [0, 50, 1],
  ])('for a job that ran for %d s and is done to %d percent: %d', (ran, percent, expected) => {
    expect(retryAfterSeconds(running(ran, percent), t0 + ran * 1000)).toBe(expected);
  });
});
