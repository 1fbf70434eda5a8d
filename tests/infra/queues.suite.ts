import { describe, expect, test } from '@jest/globals';
import type * as z from 'zod/mini';
import { deadLetterQueues, eventSources, fifoQueues, queueIds } from './expected.ts';
import { eventSource, lambdaFunction, queue } from './kinds.ts';
import type { Package } from './packaged.ts';
import type { Template } from './template.ts';

const fourteenDays = 14 * 24 * 3600;
/** More needs a batching window, which a deployment would find out, and no earlier step. */
const maxBatchWithoutWindow = 10;

type EventSource = z.infer<(typeof eventSource)['properties']>;
type Queue = z.infer<(typeof queue)['properties']>;

export function describeQueues({ template, functions }: Package, workers: number): void {
  const queues = template.all(queue);
  const sources = [...template.all(eventSource).values()];

  test('there are these queues, and no other', () => {
    expect([...queues.keys()].sort()).toEqual([...queueIds].sort());
  });

  test.each([...queues])('%s keeps messages for 14 days, encrypted, of the largest size', (_, properties) => {
    expect(properties.MessageRetentionPeriod).toBe(fourteenDays);
    expect(properties.SqsManagedSseEnabled).toBe(true);
    // A message that is too large for the next queue would never leave this one.
    expect(properties.MaximumMessageSize).toBe(1024 * 1024);
  });

  test('functions process these queues, so many messages and invocations at a time', () => {
    const found = sources.map(({ EventSourceArn, FunctionName, BatchSize, ScalingConfig }) => {
      const by = functions.find(({ id }) => id === FunctionName)?.name;
      return [EventSourceArn, { by, batch: BatchSize, concurrency: ScalingConfig?.MaximumConcurrency }];
    });
    const wanted = Object.entries(eventSources).map(([id, { limited, ...source }]) => [
      id,
      { ...source, concurrency: limited ? workers : undefined },
    ]);
    expect(found).toHaveLength(wanted.length);
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(wanted));
  });

  describe.each(sources)('$EventSourceArn -> $FunctionName', (source) =>
    describeEventSource(source, template),
  );
  describeRedrive(queues);
  describeFifo(queues);
}

function describeEventSource(source: EventSource, template: Template): void {
  const from = template.one(source.EventSourceArn, queue);

  test('is told message by message what stays in the queue', () => {
    expect(source.FunctionResponseTypes).toEqual(['ReportBatchItemFailures']);
  });

  test('gets a batch that can be deployed', () => {
    const window = source.MaximumBatchingWindowInSeconds ?? 0;
    if (window === 0) expect(source.BatchSize).toBeLessThanOrEqual(maxBatchWithoutWindow);
    if (from.FifoQueue) expect(source.MaximumBatchingWindowInSeconds).toBeUndefined();
  });

  test('has six times the timeout of the function before messages come back', () => {
    const { Timeout } = template.one(source.FunctionName, lambdaFunction);
    expect(from.VisibilityTimeout).toBeGreaterThanOrEqual(6 * Timeout);
  });
}

function describeRedrive(queues: ReadonlyMap<string, Queue>): void {
  test('these queues have a dead-letter queue, of their kind, and deliveries are not the attempts', () => {
    const redriving = [...queues].flatMap(([id, { RedrivePolicy: policy }]) =>
      policy ? [[id, policy]] : [],
    );
    const wanted = Object.entries(deadLetterQueues).map(([id, deadLetterTargetArn]) => [
      id,
      { deadLetterTargetArn, maxReceiveCount: 1000 },
    ]);
    expect(Object.fromEntries(redriving)).toEqual(Object.fromEntries(wanted));
    for (const [id, target] of Object.entries(deadLetterQueues))
      expect(queues.get(target)?.FifoQueue).toBe(queues.get(id)?.FifoQueue);
  });
}

function describeFifo(queues: ReadonlyMap<string, Queue>): void {
  test('these queues are FIFO, and named so', () => {
    const fifo = [...queues].filter(([, { FifoQueue }]) => FifoQueue);
    expect(fifo.map(([id]) => id).sort()).toEqual([...fifoQueues].sort());
    for (const { QueueName, FifoQueue } of queues.values())
      expect({ QueueName, fifo: QueueName.endsWith('.fifo') }).toEqual({ QueueName, fifo: FifoQueue });
  });

  test('no queue takes the same text for the same message', () => {
    for (const { ContentBasedDeduplication } of queues.values())
      expect(ContentBasedDeduplication).not.toBe(true);
  });

  test('groups do not share the 300 messages a second of a FIFO queue', () => {
    const fast = [...queues].flatMap(([id, { DeduplicationScope, FifoThroughputLimit }]) =>
      (DeduplicationScope ?? FifoThroughputLimit) ? [[id, DeduplicationScope, FifoThroughputLimit]] : [],
    );
    expect(fast).toEqual([['OrderedQueue', 'messageGroup', 'perMessageGroupId']]);
  });
}
