import { expect, test } from '@jest/globals';
import { ObjectsUnavailableError } from '../../../../shared/job/object-errors.ts';
import { StateObjects } from '../../../../shared/worker/state-objects.ts';
import { aRunningItem } from '../../../set-ups/samples.ts';
import { aWorker } from '../../../set-ups/worker.ts';

async function withObjects(...names: readonly string[]) {
  const { objects, log } = aWorker();
  for (const name of names) await objects.put({ name, body: name, contentType: 'text/plain' });
  return { objects, log, left: () => [...objects.objects.keys()] };
}

test('the objects of an earlier state are deleted when the item has the next one', async () => {
  const { objects, log, left } = await withObjects('old', 'new');
  const states = new StateObjects(aRunningItem({ checkpoint: '@old' }), { objects, log });
  states.keep({ checkpoint: '@new' });
  await states.sweep(aRunningItem({ checkpoint: '@old' }));
  expect(left()).toEqual(['old', 'new']);
  await states.sweep(aRunningItem({ checkpoint: '@new' }));
  expect(left()).toEqual(['new']);
});

test('a state that is yet to be written keeps its objects', async () => {
  const { objects, log, left } = await withObjects('first', 'second');
  const states = new StateObjects(aRunningItem(), { objects, log });
  states.keep({ checkpoint: '@first' });
  states.keep({ checkpoint: '@second' });
  await states.sweep(aRunningItem({ checkpoint: '@first' }));
  expect(left()).toEqual(['first', 'second']);
});

test('all of them are deleted when the job has ended without a state, and the tail of its output too', async () => {
  const { objects, log, left } = await withObjects('state', 'tail');
  const output = { contentType: 'text/csv', parts: [], digest: '', bytes: 4, tail: 'tail' };
  const states = new StateObjects(aRunningItem({ checkpoint: '@state', output }), { objects, log });
  await states.sweep(aRunningItem({ status: 'succeeded' }));
  expect(left()).toEqual([]);
});

test('one that cannot be deleted is logged, and left to the bucket', async () => {
  const { objects, log } = await withObjects('state');
  const refusing = {
    delete: async () => {
      throw new ObjectsUnavailableError('no');
    },
  };
  const states = new StateObjects(aRunningItem({ checkpoint: '@state' }), { objects: refusing, log });
  await states.sweep(aRunningItem({ status: 'succeeded' }));
  expect(log.lines).toMatchObject([{ level: 'warn', message: 'object not deleted' }]);
  expect(objects.objects.size).toBe(1);
});

test('all are deleted at the same time: a bucket that does not answer may hold up the end of a job only once', async () => {
  const { log } = await withObjects();
  let pending = 0;
  const both = Promise.withResolvers<void>();
  const slow = {
    delete: () => {
      pending += 1;
      if (pending === 2) both.resolve();
      return both.promise;
    },
  };
  const output = { contentType: 'text/csv', parts: [], digest: '', bytes: 4, tail: 'tail' };
  const states = new StateObjects(aRunningItem({ checkpoint: '@state', output }), { objects: slow, log });
  await states.sweep(aRunningItem({ status: 'succeeded' }));
  expect(pending).toBe(2);
});
