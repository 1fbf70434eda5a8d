import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { LimitExceededError } from '../../../../../shared/domain/access/limit-error.ts';
import { openWaitsIn } from '../../../../../shared/domain/access/open-waits.ts';
import { StoreUnavailableError } from '../../../../../shared/domain/base/errors.ts';
import { WaitDoor } from '../../../../../shared/operations/doors/wait-door.ts';
import { FixedClock } from '../../../../../testkit/fakes/fixed.ts';
import { InMemoryRecords } from '../../../../../testkit/fakes/in-memory-records.ts';
import { recordedLog } from '../../../../../testkit/fakes/recorded-log.ts';

/** A stage with this limit. */
function aStage(waitsAtOnce: number | 'none') {
  const [waits, clock, log] = [openWaitsIn(new InMemoryRecords()), new FixedClock(), recordedLog()];
  const random = { uuid: randomUUID };
  const limits = { limitsOf: async () => ({}) };
  const door = new WaitDoor({ limits, stageLimits: { waitsAtOnce }, waits, clock, random, log });
  return { enter: (tenant = 'a tenant') => door.enter(tenant, 20), waits, clock, log };
}

test('as many wait at a time as there may be, and each that is over makes room', async () => {
  const { enter } = aStage(2);
  const all = await Promise.allSettled([enter(), enter(), enter()]);
  const places = all.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  expect(places).toHaveLength(2);
  await enter('another tenant');
  const refused = await enter().catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(LimitExceededError);
  expect(refused).toMatchObject({ exceeded: { limit: 'waitsAtOnce', max: 2, retryAfterSeconds: 5 } });
  await places[0]?.();
  await enter();
  await expect(enter()).rejects.toThrow(LimitExceededError);
});

test('one that has crashed counts until five seconds after its time', async () => {
  const { enter, clock, waits } = aStage(1);
  await enter();
  await clock.advance(24_999);
  await expect(enter()).rejects.toThrow(LimitExceededError);
  await clock.advance(1);
  await enter();
  expect(await waits.read('a tenant')).toHaveLength(1);
});

test('one that cannot be removed is a line in the log, and no error', async () => {
  const { enter, waits, log } = aStage(1);
  const leave = await enter();
  waits.remove = () => Promise.reject(new StoreUnavailableError('no'));
  await leave?.();
  expect(log.lines).toMatchObject([{ level: 'warn', message: 'wait not removed' }]);
});

test('without the limit nothing is asked', async () => {
  const { enter, waits } = aStage('none');
  waits.add = () => Promise.reject(new Error('asked'));
  expect(await enter()).toBeUndefined();
});
