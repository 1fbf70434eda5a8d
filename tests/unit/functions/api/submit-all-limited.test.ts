import { expect, test } from '@jest/globals';
import type { SetLimits } from '../../../../shared/domain/access/limits.ts';
import { StoreUnavailableError } from '../../../../shared/domain/base/errors.ts';
import { submitAllResponse } from '../../../../shared/http/responses/submit-all-response.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { aJob, aSubmitAllFunction } from '../../../set-ups/submit-all.ts';

/** A stage with these limits, the first one on jobs a minute, and how often a rate is written. */
function aLimitedStage(jobsPerMinute: number | 'none', more: SetLimits = {}) {
  const world = aSubmitAllFunction(() => {}, { jobsPerMinute, ...more });
  const wanted: number[] = [];
  const { rates } = world;
  const take = rates.take.bind(rates);
  rates.take = (arrivals) => {
    wanted.push(arrivals.wanted);
    return take(arrivals);
  };
  const statusesOf = async (jobs: readonly unknown[]) =>
    (await world.itemsOf(jobs)).map(({ status }) => status);
  return { ...world, wanted, statusesOf };
}

const keyed = (key: string, seconds = 1) => aJob(seconds, { idempotencyKey: key });

test('of a batch, the first jobs come in that fit, by one write, and each other one hears when to try again', async () => {
  const { submit, sent, wanted } = aLimitedStage(3);
  const answer = await submit({ jobs: [1, 2, 3, 4, 5].map((seconds) => aJob(seconds)) });
  expect(answer.items.map(({ status }) => status)).toEqual([202, 202, 202, 429, 429]);
  expect(sent().map(({ payload }) => payload)).toEqual([{ seconds: 1 }, { seconds: 2 }, { seconds: 3 }]);
  expect(wanted).toEqual([5]);
  expect(answer.items[3]).toEqual({
    status: 429,
    problem: {
      type: '/problems/limit-exceeded',
      title: 'A limit of the tenant is used up',
      status: 429,
      detail: 'The tenant has used up its limit `jobsPerMinute`, which is 3. Try again after 20 seconds.',
      instance: '/jobs/batch#/jobs/3',
      limit: { name: 'jobsPerMinute', max: 3, windowSeconds: 60, retryAfterSeconds: 20 },
    },
  });
  expect(submitAllResponse.parse(answer)).toEqual(answer);
});

test('a job that is not valid, and a replay, use up nothing, wherever they stand', async () => {
  const { statusesOf, wanted, rates } = aLimitedStage(3);
  expect(await statusesOf([keyed('a')])).toEqual([202]);
  const jobs = [aJob(-1), aJob(1), keyed('a'), aJob(2), aJob(3)];
  expect(await statusesOf(jobs)).toEqual([400, 202, 202, 202, 429]);
  expect([wanted, rates.taken]).toEqual([[1, 3], 3]);
});

test('a batch that is sent again is answered again, and nothing is written', async () => {
  const { statusesOf, wanted } = aLimitedStage(3);
  const jobs = ['a', 'b', 'c'].map((key) => keyed(key));
  for (let times = 0; times < 2; times += 1) expect(await statusesOf(jobs)).toEqual([202, 202, 202]);
  expect(wanted).toEqual([3]);
});

test('of jobs with one key the first uses up a place, and the others wait for it', async () => {
  const { statusesOf, sent, rates } = aLimitedStage(2);
  expect(await statusesOf([keyed('a'), keyed('a'), keyed('b'), keyed('a', 2)])).toEqual([202, 202, 202, 422]);
  expect([sent().length, rates.taken]).toEqual([2, 2]);
  expect(await statusesOf([keyed('c'), keyed('c')])).toEqual([429, 429]);
});

test('a batch of a hundred jobs is a write for twenty of them', async () => {
  const { statusesOf, wanted } = aLimitedStage(70);
  const statuses = await statusesOf(Array.from({ length: 100 }, () => aJob()));
  expect(statuses).toEqual([...Array(70).fill(202), ...Array(30).fill(429)]);
  expect(wanted).toEqual([20, 20, 20, 20, 20]);
});

test('each job of a batch counts as a request, of which the batch was one, and a replay is answered all the same', async () => {
  const { statusesOf, wanted } = aLimitedStage('none', { requestsPerSecond: 3 });
  expect(await statusesOf([keyed('a')])).toEqual([202]);
  // Nobody asks for the batch itself here: the function does, as for each request.
  expect(await statusesOf([1, 2, 3, 4, 5].map((seconds) => aJob(seconds)))).toEqual([
    202, 202, 202, 202, 429,
  ]);
  expect(await statusesOf([aJob(1), keyed('b'), keyed('a')])).toEqual([202, 429, 202]);
  expect(wanted).toEqual([0, 4, 2]);
});

test('a batch asks for the share of its tenant once, and the first jobs come in that fit', async () => {
  const { statusesOf, wanted, own, rates } = aLimitedStage('none', { writesPerSecond: 250 });
  const hundred = Array.from({ length: 100 }, (_, index) => keyed(`job ${index}`));
  expect(new Set(await statusesOf(hundred))).toEqual(new Set([202]));
  await rates.take({ tenant: 'a tenant', limit: 'writesPerSecond', wanted: 179_790, max: 250, now: t0 });
  expect(await statusesOf([...hundred.slice(0, 50), ...Array(50).fill(aJob())])).toEqual(
    Array(100).fill(202),
  );
  const later = await statusesOf([...Array(50).fill(aJob()), ...hundred.slice(0, 50)]);
  expect(later).toEqual([...Array(10).fill(202), ...Array(40).fill(429), ...Array(50).fill(202)]);
  expect(wanted.filter((each) => each > 0)).toEqual([100, 179_790, 100, 100]);
  own.set('a tenant', { writesPerSecond: 'none' });
  expect(new Set(await statusesOf(Array(100).fill(aJob())))).toEqual(new Set([202]));
});

test('if the rate cannot be written, each job that asked is 503, and the others are as they are', async () => {
  const { statusesOf, rates, sent } = aLimitedStage(9);
  await statusesOf([keyed('a')]);
  rates.take = async () => {
    throw new StoreUnavailableError('the rate of a tenant could not be read or written');
  };
  expect(await statusesOf([aJob(), keyed('a'), aJob(-1)])).toEqual([503, 202, 400]);
  expect(sent()).toHaveLength(1);
});

test('without a limit the rate is not asked for', async () => {
  const { statusesOf, wanted } = aLimitedStage('none');
  expect(await statusesOf(Array.from({ length: 30 }, () => aJob()))).toEqual(Array(30).fill(202));
  expect(wanted).toEqual([]);
});

test('of a batch as many jobs come in as may be unfinished, and are counted; a replay is not', async () => {
  const { itemsOf, sent, counts } = aSubmitAllFunction(() => {}, { unfinishedJobs: 3 });
  const statusesOf = async (jobs: readonly unknown[]) => (await itemsOf(jobs)).map(({ status }) => status);
  expect(await statusesOf([keyed('a'), aJob(-1)])).toEqual([202, 400]);
  expect(await statusesOf([aJob(1), keyed('a'), aJob(2), aJob(3), aJob(4)])).toEqual([
    202, 202, 202, 429, 429,
  ]);
  expect(sent().map(({ counted }) => counted)).toEqual([true, true, true]);
  expect(counts.raisedOf({ tenant: 'a tenant', limit: 'unfinishedJobs' })).toBe(3);
});

test('of a batch with jobs of several groups, those are refused for which their group has no room', async () => {
  const { itemsOf } = aSubmitAllFunction(() => {}, { unfinishedJobsOfGroup: 1 });
  const groups = ['g', 'g', 'h', undefined, 'g'];
  const items = await itemsOf(groups.map((group) => aJob(1, { group })));
  expect(items.map(({ status }) => status)).toEqual([202, 429, 202, 202, 429]);
  expect(items[4]).toMatchObject({ problem: { limit: { name: 'unfinishedJobsOfGroup', max: 1 } } });
});
