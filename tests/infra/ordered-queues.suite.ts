import { dirname } from 'node:path';
import { expect, test } from '@jest/globals';
import { keysOf } from '../../shared/aws/uses/environment.ts';
import { privileges } from './expected-privileges.ts';
import { eventSource, lambdaFunction, queue, role } from './kinds.ts';
import { usesOf } from './packaged.ts';
import { rightsIn } from './rights-in.ts';
import type { Template } from './template.ts';

/** Of the stage whose template is looked at here. */
export const orderedQueues = { orderedQueues: '3' };
const ids = ['OrderedQueue', 'OrderedQueue2', 'OrderedQueue3'];

const isOnOrdered = ({ Resource }: { readonly Resource: readonly string[] }): boolean =>
  Resource.some((id) => ids.includes(id));

/** @param template of a stage with `orderedQueues` */
export function describeOrderedQueues(template: Template): void {
  test('has as many ordered queues, which differ in their name alone', () => {
    const queues = template.all(queue);
    const found = ids.map((id) => queues.get(id));
    expect([...queues.keys()].filter((id) => /^OrderedQueue/.test(id))).toEqual(ids);
    expect(found.map((each) => each?.QueueName)).toEqual(
      ['ordered', 'ordered-2', 'ordered-3'].map((name) => `job-worker-preview-${name}.fifo`),
    );
    for (const each of found) expect({ ...each, QueueName: '' }).toEqual({ ...found[0], QueueName: '' });
    for (const id of ids)
      expect(template.resources[id]).toMatchObject({
        DeletionPolicy: template.resources.OrderedQueue?.DeletionPolicy,
        UpdateReplacePolicy: template.resources.OrderedQueue?.UpdateReplacePolicy,
      });
    for (const id of ids) expect(JSON.stringify(template.resources.QueuePolicy)).toContain(`{"Ref":"${id}"}`);
  });

  test('the long worker receives from each of them in the same way', () => {
    const sources = [...template.all(eventSource).values()].filter(({ EventSourceArn }) =>
      ids.includes(String(EventSourceArn)),
    );
    expect(sources.map(({ EventSourceArn }) => EventSourceArn).sort()).toEqual(ids);
    for (const { EventSourceArn: _, ...source } of sources) {
      const { EventSourceArn: _first, ...first } = sources[0] ?? {};
      expect(source).toEqual(first);
    }
  });

  test('who may do something to one of them may do it to all', () => {
    const rights = [...template.all(role)].map(([id, { Policies }]) => ({
      id,
      ...rightsIn(Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement.filter(isOnOrdered))),
    }));
    const touching = rights.filter((each) => 'OrderedQueue' in each);
    expect(touching.length).toBeGreaterThan(5);
    for (const each of rights) {
      const { OrderedQueue, OrderedQueue2, OrderedQueue3 }: Record<string, unknown> = each;
      expect([each.id, OrderedQueue2, OrderedQueue3]).toEqual([each.id, OrderedQueue, OrderedQueue]);
    }
    const longWorker = touching.find(({ id }) => id.startsWith('LongWorker'));
    expect(longWorker).toMatchObject({ OrderedQueue3: privileges.longWorker?.OrderedQueue });
  });

  test('each function that has their URL knows how many there are', () => {
    const functions = [...template.all(lambdaFunction).values()];
    const sending = functions.filter(({ Handler }) =>
      keysOf(usesOf[dirname(Handler)] ?? {}).includes('ORDERED_QUEUE_URL'),
    );
    expect(sending.length).toBeGreaterThan(5);
    for (const { Environment } of sending)
      expect(Environment.Variables).toMatchObject({ ORDERED_QUEUES: '3' });
  });
}
