import { describe, expect, test } from '@jest/globals';
import { submitWrite } from '../../../../shared/job/message-writes.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { itemAfter } from '../../../set-ups/item-after.ts';
import { aMessage, anId, aQueuedItem } from '../../../set-ups/samples.ts';

describe('the submit write', () => {
  test('creates the item of a queued job', async () => {
    expect(await itemAfter(submitWrite(aMessage()))).toEqual(aQueuedItem());
  });

  const options = { maxAttempts: 3, group: 'a group', dependsOn: [anId(1), anId(2)], runAt: t0 };

  test('stores the options of the message', async () => {
    expect(await itemAfter(submitWrite(aMessage({ options })))).toMatchObject(options);
  });

  test.each([
    ['waiting if its start time is ahead', { runAt: t0 + 1 }, 'waiting'],
    ['queued if its start time has come', { runAt: t0 }, 'queued'],
    [
      'queued if it has dependencies, because admission decides whether it must wait',
      { dependsOn: [anId(1)] },
      'queued',
    ],
    ['queued if it has dependencies and a start time', { dependsOn: [anId(1)], runAt: t0 + 1 }, 'queued'],
    ['queued if it is in a group', { group: 'a group' }, 'queued'],
  ])('creates an item that is %s', async (_what, more, status) => {
    const item = await itemAfter(
      submitWrite(aMessage({ submittedAt: t0, options: { maxAttempts: 3, ...more } })),
    );
    expect(item).toMatchObject({ status, ...more });
    expect(item).not.toHaveProperty('message');
  });

  test.each([
    ['a queued', {}],
    ['a waiting', { runAt: t0 + 1 }],
  ])('is refused for %s job if there is an item already', async (_what, more) => {
    const write = submitWrite(aMessage({ submittedAt: t0, options: { maxAttempts: 3, ...more } }));
    expect(await itemAfter(write, aQueuedItem())).toBeUndefined();
  });

  test('creates an item of less than 1 KB, because the payload stays in the message', async () => {
    const item = await itemAfter(submitWrite(aMessage({ payload: 'x'.repeat(10_000) })));
    expect(JSON.stringify(item).length).toBeLessThan(1024);
  });
});
