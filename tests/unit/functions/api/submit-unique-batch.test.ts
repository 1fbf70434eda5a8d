import { expect, test } from '@jest/globals';
import { contracts } from '../../../job-types/contracts.ts';
import { aBatchFunction, aJob } from '../../../set-ups/batching.ts';

const unique = { key: ({ seconds }: { seconds: number }) => `${seconds % 10}`, withinSeconds: 3_600 };
const types = { ...contracts, counting: { ...contracts.counting, unique } };

/** Of jobs with the same last digit one is in each window. */
function aUniqueStage(jobsPerMinute: number | 'none' = 'none') {
  const slow = () => new Promise<void>((resolve) => setImmediate(resolve));
  const world = aBatchFunction(slow, { jobsPerMinute }, types);
  const seen = async (jobs: readonly unknown[]) => {
    const items = await world.itemsOf(jobs);
    return items.map((item) => ('job' in item ? [item.job.id, item.replayed] : [item.status]));
  };
  return { ...world, seen };
}

test('of the jobs of a batch with one unique key, the first one is the job', async () => {
  const { seen, sent } = aUniqueStage();
  const batch = [aJob(1), aJob(2), aJob(11, { idempotencyKey: 'a' }), aJob(21), aJob(12)];
  const [[one] = [], [two] = []] = await seen(batch);
  expect(sent().map(({ payload }) => payload)).toEqual([{ seconds: 1 }, { seconds: 2 }]);
  expect(await seen(batch)).toEqual([one, two, one, one, two].map((id) => [id, true]));
  expect(sent()).toHaveLength(2);
});

test('one that is not valid leaves the job to the next one', async () => {
  const { seen } = aUniqueStage();
  const [wrong, first, second] = await seen([aJob(1, { runAt: '2020-01-01T00:00:00Z' }), aJob(11), aJob(21)]);
  expect([wrong, first?.[1], second]).toEqual([[400], false, [first?.[0], true]]);
});

test('a batch uses up as much of a limit as it has unique keys', async () => {
  const { seen, rates } = aUniqueStage(5);
  await seen([aJob(1), aJob(11), aJob(2), aJob(21), aJob(3)]);
  expect(rates.taken).toBe(3);
});
