import { expect, test } from '@jest/globals';
import {
  groupChildQueue,
  groupQueue,
  orderedQueueOf,
} from '../../../../../shared/domain/state/tenant-queues.ts';
import { InMemoryJobQueue } from '../../../../../testkit/fakes/in-memory-queues.ts';
import { aMessage } from '../../../../set-ups/samples.ts';

/** Of four queues these tenants have the second and the third. */
const [second, third] = ['acme', 'local'];

test('every build says the same of a tenant: with another queue, jobs of a group would overtake each other', () => {
  const tenants = ['public', 'local', 'acme', 'default', 'Zoë'];
  expect([1, 2, 3, 4, 8].map((queues) => tenants.map((tenant) => orderedQueueOf(tenant, queues)))).toEqual([
    [1, 1, 1, 1, 1],
    [2, 1, 2, 2, 1],
    [2, 1, 2, 1, 1],
    [2, 3, 2, 2, 1],
    [6, 3, 6, 2, 1],
  ]);
});

test('a thousand tenants share four queues in about equal parts', () => {
  const found = Array.from({ length: 1_000 }, (_, index) => orderedQueueOf(`tenant ${index}`, 4));
  for (const queue of [1, 2, 3, 4])
    expect(found.filter((each) => each === queue).length).toBeGreaterThan(200);
  expect(new Set(found).size).toBe(4);
});

test('messages, children and changes of visibility go to the queue of their tenant', async () => {
  const queues = [1, 2, 3, 4].map(() => new InMemoryJobQueue({ isOrdered: true }));
  const queue = groupQueue(queues);
  await queue.send(aMessage({ tenant: second }));
  await queue.changeVisibility({ receiptHandle: 'one', tenant: third }, 0);
  expect(queues.map(({ sent }) => sent.length)).toEqual([0, 1, 0, 0]);
  expect(queues.map(({ visibilityChanges }) => visibilityChanges)).toEqual([
    [],
    [],
    [{ receiptHandle: 'one', seconds: 0 }],
    [],
  ]);
  const many: string[][] = [[], [], [], []];
  const children = groupChildQueue(
    many.map((ids) => ({ sendAll: async (all) => void ids.push(...all.map(({ id }) => id)) })),
  );
  await children.sendAll(
    ['a', 'b'].map((id) => aMessage({ tenant: second, id })),
    () => true,
  );
  await children.sendAll([], () => true);
  expect(many).toEqual([[], ['a', 'b'], [], []]);
});
