import { expect, test } from '@jest/globals';
import { LimitExceededError } from '../../../../../shared/domain/access/limit-error.ts';
import { startedActionsIn } from '../../../../../shared/domain/access/started-actions.ts';
import { StoreUnavailableError } from '../../../../../shared/domain/base/errors.ts';
import type { JobItem } from '../../../../../shared/domain/state/job/item.ts';
import { ActionDoor } from '../../../../../shared/operations/submit/action-door.ts';
import { FixedClock } from '../../../../../testkit/fakes/fixed.ts';
import { InMemoryRecords } from '../../../../../testkit/fakes/in-memory-records.ts';
import { aQueuedItem } from '../../../../set-ups/samples.ts';

/** A stage with this limit, in which bulk actions have a status. */
function aStage(bulkActionsAtOnce: number | 'none') {
  const [started, clock, jobs] = [
    startedActionsIn(new InMemoryRecords()),
    new FixedClock(),
    new Map<string, JobItem>(),
  ];
  const limits = { limitsOf: async () => ({}) };
  const store = { read: async (id: string) => jobs.get(id) };
  const door = new ActionDoor({ limits, stageLimits: { bulkActionsAtOnce }, started, store, clock });
  const set = (id: string, status: JobItem['status']) => jobs.set(id, aQueuedItem({ id, status }));
  return { enter: (id: string) => door.enter('a tenant', { id }), set, clock, started };
}

test('a bulk action waits while as many are unfinished as there may be', async () => {
  const { enter, set } = aStage(2);
  for (const id of ['a', 'b']) {
    await enter(id);
    set(id, 'running');
  }
  const refused = await enter('c').catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(LimitExceededError);
  expect(refused).toMatchObject({ exceeded: { limit: 'bulkActionsAtOnce', max: 2, retryAfterSeconds: 30 } });
  set('a', 'failed');
  await enter('c');
  await expect(enter('d')).rejects.toThrow(LimitExceededError);
});

test('one that was let in and has no item counts for a minute, and its repeated submission comes in', async () => {
  const { enter, clock } = aStage(1);
  await enter('a');
  await enter('a');
  await clock.advance(59_999);
  await expect(enter('b')).rejects.toThrow(LimitExceededError);
  await clock.advance(1);
  await enter('b');
});

test('of those that come at the same time as many come in as there may be', async () => {
  const { enter } = aStage(2);
  const all = await Promise.allSettled(['a', 'b', 'c', 'd'].map(enter));
  expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
});

test('a caller that is never first is told to try again', async () => {
  const { enter, started } = aStage(1);
  started.replace = async () => false;
  await expect(enter('a')).rejects.toThrow(StoreUnavailableError);
});

test('without the limit nothing is asked', async () => {
  const { enter, started } = aStage('none');
  started.read = async () => {
    throw new Error('asked');
  };
  await enter('a');
});
