import { describe, expect, test } from '@jest/globals';
import { submitWrite } from '../../../../shared/job/message-writes.ts';
import { itemAfter } from '../../../fakes/item-after.ts';
import { aMessage, anId, aQueuedItem, t0 } from '../../../fakes/samples.ts';

describe('submit', () => {
  test('writes a queued job without attempts', async () => {
    expect(await itemAfter(submitWrite(aMessage()))).toEqual(aQueuedItem());
  });

  const options = { maxAttempts: 3, group: 'a group', dependsOn: [anId(1), anId(2)], runAt: t0 };

  test('writes down what was asked for', async () => {
    expect(await itemAfter(submitWrite(aMessage({ options })))).toMatchObject(options);
  });

  test.each([
    ['waiting, before its time', { runAt: t0 + 1 }, 'waiting'],
    ['queued, when its time has come', { runAt: t0 }, 'queued'],
    ['queued, with dependencies: the gate sees whether it must wait', { dependsOn: [anId(1)] }, 'queued'],
    ['queued, with both', { dependsOn: [anId(1)], runAt: t0 + 1 }, 'queued'],
    ['queued, in a group', { group: 'a group' }, 'queued'],
  ])('writes a job that is %s', async (_what, more, status) => {
    const item = await itemAfter(
      submitWrite(aMessage({ submittedAt: t0, options: { maxAttempts: 3, ...more } })),
    );
    expect(item).toMatchObject({ status, ...more });
    expect(item).not.toHaveProperty('message');
  });

  test.each([{}, { runAt: t0 + 1 }])('writes no item that is there already: %j', async (more) => {
    const write = submitWrite(aMessage({ submittedAt: t0, options: { maxAttempts: 3, ...more } }));
    expect(await itemAfter(write, aQueuedItem())).toBeUndefined();
  });

  test('leaves an item of under a kilobyte: the payload stays in the message', async () => {
    const item = await itemAfter(submitWrite(aMessage({ payload: 'x'.repeat(10_000) })));
    expect(JSON.stringify(item).length).toBeLessThan(1024);
  });
});
