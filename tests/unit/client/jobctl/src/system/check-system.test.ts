import { expect, test } from '@jest/globals';
import { checkWaitingJobs } from '../../../../../../client/jobctl/src/system/check-system.ts';

const now = Date.UTC(2026, 0, 2);
const before = (minutes: number) => new Date(now - minutes * 60_000).toISOString();

test.each<[string, object, string]>([
  ['a worker', {}, 'notice'],
  ['a time that is over', { waitReason: 'not before', notBefore: before(2) }, 'notice'],
  ['its own time, which is over', { waitReason: 'not before', runAt: before(2) }, 'notice'],
  ['a time that comes', { waitReason: 'not before', notBefore: before(-2) }, 'good'],
  ['other jobs', { waitReason: 'the job that it depends on has not succeeded' }, 'good'],
  ['the jobs of its group', { group: 'g' }, 'good'],
])('a job that waits for %s may have no worker, or may', async (_what, more, level) => {
  const job = { id: 'an id', type: 'counting', status: 'queued', updatedAt: before(3), ...more };
  const call = async <T>(): Promise<T> => ({ items: [job] }) as T;
  expect(await checkWaitingJobs({ call, now: () => now })).toMatchObject({ level });
});
