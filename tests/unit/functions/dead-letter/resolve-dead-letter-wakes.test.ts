import { describe, expect, test } from '@jest/globals';
import { deadLetter } from '../../../fakes/dead-letter.ts';
import { dependent, dependents, itsWake } from '../../../fakes/dependents.ts';
import { aFailedItem, aMessage, aQueuedItem, aRunningItem, t0 } from '../../../fakes/samples.ts';

describe('the jobs that wait for that of a dead letter', () => {
  test.each([
    ['is failed by it', aQueuedItem({ dependents })],
    ['is canceled by it', aRunningItem({ leaseUntil: t0, cancelRequested: true, dependents })],
    ['has its message saved by it', aFailedItem({ status: 'canceled', message: undefined, dependents })],
    ['had succeeded', aFailedItem({ status: 'succeeded', message: undefined, dependents })],
    ['had failed', aFailedItem({ dependents })],
    ['had been canceled', aFailedItem({ status: 'canceled', dependents })],
  ])(
    'are woken if it %s, even at the first delivery: what the worker did may be half done',
    async (_what, item) => {
      const { resolve, items, waiting } = deadLetter(item);
      items.set(dependent.id, dependent);
      expect((await resolve()).kind).toBe('delete');
      expect(waiting.sent).toEqual([itsWake]);
    },
  );

  test('keep it if they cannot be woken, until they are', async () => {
    const { resolve, items, waiting } = deadLetter(aQueuedItem({ dependents }));
    items.set(dependent.id, dependent);
    waiting.failing.add('send');
    await expect(resolve()).rejects.toThrow('send fails');
    waiting.failing.clear();
    expect((await resolve()).kind).toBe('delete');
    expect(waiting.sent).toEqual([itsWake]);
  });
});

test.each([undefined, aQueuedItem({ status: 'waiting' }), aFailedItem({ dependents })])(
  'a dead wake is deleted, and changes nothing: it is only a wake: the message itself is in its queue (%j)',
  async (item) => {
    const { resolve, items, stored, waiting, log } = deadLetter(item);
    expect(await resolve(aMessage({ wake: true }))).toEqual({
      kind: 'delete',
      why: 'it is only a wake: the message itself is in its queue',
    });
    expect(stored()).toEqual(item);
    expect(items.size).toBe(item ? 1 : 0);
    expect([waiting.sent, log.lines]).toEqual([[], []]);
  },
);
