import { expect, test } from '@jest/globals';
import { LimitExceededError } from '../../../../../shared/domain/access/limit-error.ts';
import type { SetLimits } from '../../../../../shared/domain/access/limits.ts';
import { cancelWrite } from '../../../../../shared/domain/state/writes/control-writes.ts';
import { by, retentionMs } from '../../../../set-ups/samples.ts';
import { aKeyedSubmission, aSubmission, aSubmitter } from '../../../../set-ups/submitter.ts';
import { aDoor } from '../../../../set-ups/tenant-door.ts';

const inAll = { tenant: 'a tenant', limit: 'unfinishedJobs' } as const;
const jobs = (count: number) => Array.from({ length: count }, () => ({}));

/** A stage with these limits, and the submissions of its clients. */
function aLimitedStage(limits: SetLimits) {
  const submitter = aSubmitter();
  const { store, clock } = submitter;
  const world = aDoor(limits, clock, store.items);
  /** All jobs have ended. */
  const cancelAll = async () => {
    for (const item of store.items.values())
      await store.write(cancelWrite(item, { now: clock.now(), retentionMs }, by));
  };
  return {
    ...submitter,
    ...world,
    cancelAll,
    submit: (submission = aSubmission) => submitter.submit(submission, { door: world.jobsDoor }),
  };
}

test('a job of a tenant with the limit says that it is counted, in its message and in its item', async () => {
  const { submit, own, sent, store } = aLimitedStage({});
  await submit({ ...aSubmission, tenant: 'another' });
  own.set('a tenant', { unfinishedJobs: 9 });
  await submit();
  expect(sent().map(({ message }) => message.counted)).toEqual([undefined, true]);
  expect([...store.items.values()].map(({ counted }) => counted)).toEqual([undefined, true]);
});

test('who has as many unfinished jobs as it may hears when to try again, and comes in when some have ended', async () => {
  const { submit, clock, cancelAll, sent, calls } = aLimitedStage({ unfinishedJobs: 2 });
  await submit();
  await submit();
  calls.length = 0;
  const refused = await submit().catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(LimitExceededError);
  expect(refused).toMatchObject({
    message: 'The tenant has used up its limit `unfinishedJobs`, which is 2. Try again after 5 seconds.',
    exceeded: { limit: 'unfinishedJobs', max: 2, retryAfterSeconds: 5 },
  });
  expect([sent().length, calls]).toEqual([2, []]);
  await clock.advance(5_000);
  await expect(submit()).rejects.toThrow(LimitExceededError);
  await cancelAll();
  await clock.advance(5_000);
  await submit();
});

test('a replay is answered when there is no room, and is not counted', async () => {
  const { submit, counts } = aLimitedStage({ unfinishedJobs: 1 });
  const { job } = await submit(aKeyedSubmission);
  await expect(submit()).rejects.toThrow(LimitExceededError);
  expect(await submit(aKeyedSubmission)).toMatchObject({ replayed: true, job: { id: job.id } });
  expect(counts.raisedOf(inAll)).toBe(1);
});

test('what the rate refuses is not counted, and what is known to be full uses up no rate', async () => {
  const { submit, counts, rates, clock } = aLimitedStage({ jobsPerMinute: 2, unfinishedJobs: 3 });
  await submit();
  await submit();
  await expect(submit()).rejects.toThrow('its limit `jobsPerMinute`, which is 2');
  expect([rates.taken, counts.raisedOf(inAll)]).toEqual([2, 2]);
  await clock.advance(30_000);
  await submit();
  await clock.advance(30_000);
  // The first one asks for both, and learns that there is no room.
  for (let times = 0; times < 3; times += 1)
    await expect(submit()).rejects.toThrow('its limit `unfinishedJobs`, which is 3');
  expect([rates.taken, counts.raisedOf(inAll)]).toEqual([4, 3]);
});

test('of several jobs as many come in as both limits let in, and the refusal names the one that refuses', async () => {
  const letIn = async (limits: SetLimits, wanted: number) => {
    const refusals = await aLimitedStage(limits).jobsDoor.letIn('a tenant', jobs(wanted));
    return [
      refusals.filter((refusal) => refusal === undefined).length,
      refusals.find((refusal) => refusal !== undefined)?.exceeded.limit,
    ];
  };
  expect(await letIn({}, 5)).toEqual([5, undefined]);
  expect(await letIn({ unfinishedJobs: 5 }, 5)).toEqual([5, undefined]);
  expect(await letIn({ unfinishedJobs: 3 }, 5)).toEqual([3, 'unfinishedJobs']);
  expect(await letIn({ unfinishedJobs: 3, jobsPerMinute: 4 }, 5)).toEqual([3, 'unfinishedJobs']);
  expect(await letIn({ unfinishedJobs: 4, jobsPerMinute: 2 }, 5)).toEqual([2, 'jobsPerMinute']);
  const { jobsDoor } = aLimitedStage({ unfinishedJobs: 3 });
  await jobsDoor.letIn('a tenant', jobs(2));
  expect(await jobsDoor.letIn('a tenant', jobs(2))).toMatchObject([
    undefined,
    { exceeded: { limit: 'unfinishedJobs' } },
  ]);
});

const inGroup = (group: string) => ({ tenant: 'a tenant', limit: 'unfinishedJobsOfGroup', group }) as const;

test('each group of a tenant has its own number, and who fills one hears which limit it is', async () => {
  const { submit, store, sent, counts, cancelAll, clock } = aLimitedStage({ unfinishedJobsOfGroup: 1 });
  const submitTo = (group: string) => submit({ ...aSubmission, group });
  await submitTo('g');
  await expect(submitTo('g')).rejects.toMatchObject({
    message:
      'The tenant has used up its limit `unfinishedJobsOfGroup`, which is 1. Try again after 5 seconds.',
    exceeded: { limit: 'unfinishedJobsOfGroup', max: 1, retryAfterSeconds: 5 },
  });
  await submitTo('h');
  await submit();
  expect(sent().map(({ message: { counted, countedInGroup } }) => [counted, countedInGroup])).toEqual([
    [undefined, undefined],
    [undefined, true],
    [undefined, true],
  ]);
  expect([...store.items.values()].map(({ groupKey }) => groupKey !== undefined)).toEqual([
    true,
    true,
    false,
  ]);
  expect(['g', 'h'].map((group) => counts.raisedOf(inGroup(group)))).toEqual([1, 1]);
  await cancelAll();
  await clock.advance(5_000);
  await submitTo('g');
});

test('of several jobs of different groups the first ones of each group come in, and of these the first ones of all', async () => {
  const { jobsDoor } = aLimitedStage({ unfinishedJobsOfGroup: 2, unfinishedJobs: 4, jobsPerMinute: 8 });
  const groups = ['g', 'g', 'g', undefined, 'h', 'h', 'h', undefined, 'h'];
  const asking = groups.map((group) => ({ group }));
  const refusals = async () =>
    (await jobsDoor.letIn('a tenant', asking)).map((refusal) => refusal?.exceeded.limit ?? 'in');
  expect(await refusals()).toEqual([
    ...['in', 'in', 'unfinishedJobsOfGroup', 'in'],
    ...['in', 'unfinishedJobs', 'unfinishedJobsOfGroup', 'unfinishedJobs', 'jobsPerMinute'],
  ]);
  // What is known costs no call, and each hears of the limit that has no room for it.
  expect(new Set(await refusals())).toEqual(new Set(['unfinishedJobsOfGroup', 'unfinishedJobs']));
});

test('of a limit by group only the highest number is shown', async () => {
  const { jobsDoor, submit } = aLimitedStage({ unfinishedJobsOfGroup: 2 });
  await submit({ ...aSubmission, group: 'g' });
  expect(await jobsDoor.look('a tenant')).toEqual({ unfinishedJobsOfGroup: { max: 2 } });
});

test('only a job that is to wait is refused for those that wait, and each of the tenant says that its waits are counted', async () => {
  const { submit, sent, clock, cancelAll, jobsDoor } = aLimitedStage({ waitingJobs: 1 });
  const later = { ...aSubmission, delaySeconds: 60 };
  await submit(later);
  await expect(submit(later)).rejects.toMatchObject({
    exceeded: { limit: 'waitingJobs', max: 1, retryAfterSeconds: 5 },
  });
  await expect(submit({ ...aSubmission, runAt: clock.now() + 9_000 })).rejects.toThrow('`waitingJobs`');
  await submit();
  expect(sent().map(({ message: { counted, countedWaits } }) => [counted, countedWaits])).toEqual([
    [true, true],
    [true, true],
  ]);
  expect(await jobsDoor.look('a tenant')).toEqual({ waitingJobs: { max: 1, remaining: 0 } });
  await cancelAll();
  await clock.advance(5_000);
  expect(await jobsDoor.look('a tenant')).toEqual({ waitingJobs: { max: 1, remaining: 1 } });
  await submit(later);
});

test('of several jobs those that wait have their number, and each is one of all', async () => {
  const { jobsDoor } = aLimitedStage({ waitingJobs: 1, unfinishedJobs: 3 });
  const asking = [true, true, false, false, false].map((waits) => ({ waits }));
  expect(
    (await jobsDoor.letIn('a tenant', asking)).map((refusal) => refusal?.exceeded.limit ?? 'in'),
  ).toEqual(['in', 'waitingJobs', 'in', 'in', 'unfinishedJobs']);
});

test('a look is told of all limits, by what is unfinished now', async () => {
  const { submit, jobsDoor, cancelAll, own } = aLimitedStage({ jobsPerMinute: 4, unfinishedJobs: 3 });
  const jobsPerMinute = { max: 4, remaining: 2 };
  await submit();
  await submit();
  const looked = () => jobsDoor.look('a tenant');
  expect(await looked()).toEqual({ jobsPerMinute, unfinishedJobs: { max: 3, remaining: 1 } });
  await cancelAll();
  expect(await looked()).toEqual({ jobsPerMinute, unfinishedJobs: { max: 3, remaining: 3 } });
  own.set('a tenant', { jobsPerMinute: 'none', unfinishedJobs: 'none' });
  expect([
    await looked(),
    await jobsDoor.isLimited('a tenant'),
    await jobsDoor.counts('a tenant', {}),
  ]).toEqual([undefined, false, {}]);
});

test('who has used up the time of its jobs waits, whatever else there is room for, and nothing else is used up', async () => {
  const { submit, jobsDoor, door, rates, counts, clock } = aLimitedStage({
    ...{ runningSecondsPerHour: 100, jobsPerMinute: 9, unfinishedJobs: 9 },
  });
  const ran = (wanted: number) => door.charge({ tenant: 'a tenant', limit: 'runningSecondsPerHour', wanted });
  const { job } = await submit(aKeyedSubmission);
  await ran(98.5);
  expect(await jobsDoor.look('a tenant')).toMatchObject({
    runningSecondsPerHour: { max: 100, remaining: 1 },
  });
  await submit();
  await ran(1.5);
  const refused = await submit().catch((error: unknown) => error);
  expect(refused).toMatchObject({
    exceeded: { limit: 'runningSecondsPerHour', max: 100, windowSeconds: 3_600, retryAfterSeconds: 36 },
  });
  expect(await jobsDoor.letIn('a tenant', [{}, {}])).toMatchObject([
    { exceeded: { limit: 'runningSecondsPerHour' } },
    { exceeded: { limit: 'runningSecondsPerHour' } },
  ]);
  expect(await submit(aKeyedSubmission)).toMatchObject({ replayed: true, job: { id: job.id } });
  expect([rates.taken, [...counts.raised.values()]]).toEqual([2, [2]]);
  await clock.advance(36_000);
  await submit();
});

test('jobs that have run for days close the door for about an hour', async () => {
  const { submit, jobsDoor, door, clock } = aLimitedStage({ runningSecondsPerHour: 100 });
  await door.charge({ tenant: 'a tenant', limit: 'runningSecondsPerHour', wanted: 200_000 });
  await expect(submit()).rejects.toThrow('Try again after 3636 seconds.');
  expect(await jobsDoor.isLimited('a tenant')).toBe(true);
  await clock.advance(3_636_000);
  await submit();
});
