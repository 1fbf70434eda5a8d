import { describe, expect, test } from '@jest/globals';
import { type JobMessage, writeMessage } from '../../../../shared/job/message.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { retrying } from '../../../set-ups/retrying.ts';
import { aFailedItem, aMessage, anId, dayMs } from '../../../set-ups/samples.ts';

type Options = Partial<JobMessage['options']>;

describe('retryJob', () => {
  test.each<[string, Options, string, number]>([
    ['with a group to the ordered queue', { group: 'a group' }, 'ordered', 0],
    ['with dependencies to the waiting queue', { dependsOn: [anId(1)] }, 'waiting', 0],
    [
      'with dependencies and a start time to the waiting queue',
      { dependsOn: [anId(1)], runAt: t0 + dayMs },
      'waiting',
      0,
    ],
    ['with a start time in a day to the waiting queue', { runAt: t0 + dayMs }, 'waiting', 5],
    ['with a start time in a minute to its run queue, with a delay', { runAt: t0 + 60_000 }, 'long', 60],
    ['with a start time in the past to its run queue, without a delay', { runAt: t0 - 1 }, 'long', 0],
  ])('sends a job %s', async (_what, more, queue, delaySeconds) => {
    const options = { maxAttempts: 3, ...more };
    const saved = aMessage({ options });
    const { retry, sent } = retrying(aFailedItem({ ...options, message: writeMessage(saved) }));
    expect(await retry()).toMatchObject({ status: 'queued', run: 2, ...more });
    expect(sent()).toEqual([{ queue, message: { ...saved, run: 2 }, delaySeconds }]);
  });
});
