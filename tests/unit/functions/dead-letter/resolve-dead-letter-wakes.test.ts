import { describe, expect, test } from '@jest/globals';
import { aDeadLetterFunction } from '../../../set-ups/dead-letter.ts';
import { dependent, dependents, itsWake } from '../../../set-ups/dependents.ts';
import { aFailedItem, aMessage, aQueuedItem } from '../../../set-ups/samples.ts';

describe('the dead-letter function', () => {
  test.each([
    ['it fails', aQueuedItem({ dependents })],
    [
      'was canceled before its message was saved',
      aFailedItem({ status: 'canceled', message: undefined, dependents }),
    ],
    ['has succeeded', aFailedItem({ status: 'succeeded', message: undefined, dependents })],
    ['has failed', aFailedItem({ dependents })],
    ['was canceled', aFailedItem({ status: 'canceled', dependents })],
  ])(
    'wakes the dependents of a job that %s, because a worker may have crashed before it woke them',
    async (_what, item) => {
      const { resolve, items, waiting } = aDeadLetterFunction(item);
      items.set(dependent.id, dependent);
      expect((await resolve()).kind).toBe('delete');
      expect(waiting.sent).toEqual([itsWake]);
    },
  );

  test('throws if the dependents cannot be woken, and wakes them when the message is redelivered', async () => {
    const { resolve, items, waiting } = aDeadLetterFunction(aQueuedItem({ dependents }));
    items.set(dependent.id, dependent);
    waiting.failing.add('send');
    await expect(resolve()).rejects.toThrow('send fails');
    waiting.failing.clear();
    expect((await resolve()).kind).toBe('delete');
    expect(waiting.sent).toEqual([itsWake]);
  });
});

test.each([
  ['there is no item', undefined],
  ['the job is waiting', aQueuedItem({ status: 'waiting' })],
  ['the job has failed', aFailedItem({ dependents })],
])('the dead-letter function deletes a wake and changes nothing if %s', async (_what, item) => {
  const { resolve, items, stored, waiting, log } = aDeadLetterFunction(item);
  expect(await resolve(aMessage({ wake: true }))).toEqual({
    kind: 'delete',
    why: 'it is only a wake: the message itself is in its queue',
  });
  expect(stored()).toEqual(item);
  expect(items.size).toBe(item ? 1 : 0);
  expect([waiting.sent, log.lines]).toEqual([[], []]);
});
