import { expect, test } from '@jest/globals';
import { LimitExceededError } from '../../../../../shared/domain/access/limit-error.ts';
import type { SetLimits } from '../../../../../shared/domain/access/limits.ts';
import {
  InvalidRequestError,
  KeyReusedError,
  StoreUnavailableError,
} from '../../../../../shared/domain/base/errors.ts';
import { inMemoryDependencies } from '../../../../../testkit/fakes/in-memory-dependencies.ts';
import { aKeyedSubmission, aSubmission, aSubmitter } from '../../../../set-ups/submitter.ts';
import { aDoor } from '../../../../set-ups/tenant-door.ts';

/** A stage with this limit, and the submissions of its clients. */
function aLimitedStage(jobsPerMinute: number | 'none', more: SetLimits = {}) {
  const submitter = aSubmitter();
  const world = aDoor({ jobsPerMinute, ...more }, submitter.clock);
  return {
    ...submitter,
    ...world,
    submit: (submission = aSubmission, more: Parameters<typeof submitter.submit>[1] = {}) =>
      submitter.submit(submission, { door: world.jobsDoor, ...more }),
  };
}

test('a tenant submits as many jobs a minute as it may, and then hears when to try again', async () => {
  const { submit, clock, sent, calls } = aLimitedStage(2);
  await submit();
  await submit();
  calls.length = 0;
  const refused = await submit().catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(LimitExceededError);
  expect(refused).toMatchObject({
    message: 'The tenant has used up its limit `jobsPerMinute`, which is 2. Try again after 30 seconds.',
    exceeded: { limit: 'jobsPerMinute', max: 2, windowSeconds: 60, retryAfterSeconds: 30 },
  });
  expect([sent().length, calls]).toEqual([2, []]);
  await clock.advance(30_000);
  await submit();
  await expect(submit()).rejects.toThrow(LimitExceededError);
  expect(sent()).toHaveLength(3);
});

test('tenants have a limit each, and one of their own in place of that of the stage', async () => {
  const { submit, own, clock } = aLimitedStage(1);
  const of = (tenant: string) => submit({ ...aSubmission, tenant });
  await of('one');
  await of('other');
  await expect(of('one')).rejects.toThrow('which is 1.');
  // What was used up of one limit is used up of the next: all of it.
  own.set('one', { jobsPerMinute: 5 });
  await expect(of('one')).rejects.toThrow('which is 5. Try again after 12 seconds.');
  await clock.advance(12_000);
  await of('one');
  own.set('other', { jobsPerMinute: 'none' });
  for (let job = 0; job < 9; job += 1) await of('other');
});

test('a replay is answered when the limit is used up, and uses up nothing', async () => {
  const { submit, rates, sent, calls } = aLimitedStage(1);
  const { job } = await submit(aKeyedSubmission);
  await expect(submit()).rejects.toThrow(LimitExceededError);
  calls.length = 0;
  expect(await submit(aKeyedSubmission)).toMatchObject({ replayed: true, job: { id: job.id } });
  expect(calls).toEqual(['read']);
  await expect(submit({ ...aKeyedSubmission, payload: { seconds: 2 } })).rejects.toThrow(KeyReusedError);
  expect([rates.taken, sent().length]).toEqual([1, 1]);
});

test('what is refused for another reason uses up nothing', async () => {
  const { submit, rates, clock } = aLimitedStage(1);
  await expect(submit({ ...aSubmission, runAt: clock.now() - 1 })).rejects.toThrow(InvalidRequestError);
  await expect(submit({ ...aSubmission, dependsOn: ['nobody'] })).rejects.toThrow(InvalidRequestError);
  expect(rates.taken).toBe(0);
  await submit();
});

test('reads of dependencies count in a limit of their own: it refuses who has used it up, and nobody without dependencies', async () => {
  const { submit, store, clock, door } = aLimitedStage('none', { readUnitsPerMinute: 2 });
  const { job } = await submit();
  const after = (ids: readonly string[]) =>
    submit({ ...aSubmission, dependsOn: ids }, { dependencies: inMemoryDependencies(store) });
  await after([job.id]);
  expect((await door.look('a tenant'))?.readUnitsPerMinute?.remaining).toBe(1);
  // What does not exist has been read, too.
  await expect(after(['nobody'])).rejects.toThrow(InvalidRequestError);
  await expect(after([job.id])).rejects.toThrow(LimitExceededError);
  await submit();
  await clock.advance(30_000);
  await after([job.id, job.id]);
});

test('a job that is not sent, or whose item is not written, has used up its part', async () => {
  const at = { call: '' };
  const submitter = aSubmitter((call) => {
    if (call === at.call) throw new StoreUnavailableError('no');
  });
  const { jobsDoor: door, rates } = aDoor({ jobsPerMinute: 9 }, submitter.clock);
  for (const call of ['send run 1', 'write submit']) {
    at.call = call;
    await expect(submitter.submit(aSubmission, { door })).rejects.toThrow(StoreUnavailableError);
  }
  expect(rates.taken).toBe(2);
});

test('nothing is sent if the rate cannot be written', async () => {
  const { submit, rates, calls } = aLimitedStage(9);
  rates.take = async () => {
    throw new StoreUnavailableError('the rate of a tenant could not be read or written');
  };
  await expect(submit()).rejects.toThrow(StoreUnavailableError);
  expect(calls).toEqual([]);
});

test('without a limit nobody asks for the rate, and what a job submits passes no door', async () => {
  const { submit, rates, door, own } = aLimitedStage('none');
  rates.take = rates.read = async () => {
    throw new Error('asked');
  };
  await submit();
  expect([await door.look('a tenant'), await door.isLimited('a tenant', 'jobsPerMinute')]).toEqual([
    undefined,
    false,
  ]);
  own.set('a tenant', { jobsPerMinute: 1 });
  await expect(submit()).rejects.toThrow('asked');
  await aSubmitter().submit(aSubmission);
});

test('a look is told what is left, and uses up nothing', async () => {
  const { submit, door, clock } = aLimitedStage(4);
  expect(await door.look('a tenant')).toEqual({ jobsPerMinute: { max: 4, remaining: 4 } });
  await submit();
  await submit();
  expect(await door.look('a tenant')).toEqual({ jobsPerMinute: { max: 4, remaining: 2 } });
  await clock.advance(15_000);
  expect(await door.look('a tenant')).toEqual({ jobsPerMinute: { max: 4, remaining: 3 } });
});
