import { expect, test } from '@jest/globals';
import { submitAllResponse } from '../../../../shared/http/responses/submit-all-response.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { aJob, aSubmitAllFunction } from '../../../set-ups/submit-all.ts';

test('of a batch, each job is refused alone that a pause refuses', async () => {
  const { submit, pauses, sent, log } = aSubmitAllFunction();
  pauses.set('queue:ordered', { at: t0, by: 'key:1', until: t0 + 10_000, submissions: 'refuse' });
  const answer = await submit({ jobs: [aJob(1), aJob(2, { group: 'g' }), aJob(3)] });
  expect(answer.items.map(({ status }) => status)).toEqual([202, 503, 202]);
  expect(sent().map(({ payload }) => payload)).toEqual([{ seconds: 1 }, { seconds: 3 }]);
  expect(answer.items[1]).toEqual({
    status: 503,
    problem: {
      type: '/problems/submissions-paused',
      title: 'Submissions are paused',
      status: 503,
      detail: 'The operator of the stage has paused queue:ordered, and submissions of it are refused.',
      instance: '/jobs/batch#/jobs/1',
      pause: { name: 'queue:ordered', until: new Date(t0 + 10_000).toISOString(), retryAfterSeconds: 10 },
    },
  });
  expect(submitAllResponse.parse(answer)).toEqual(answer);
  expect(log.lines.filter(({ level }) => level === 'error')).toEqual([]);
});
