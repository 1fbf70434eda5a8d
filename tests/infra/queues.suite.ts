import { describe, expect, test } from '@jest/globals';
import type * as z from 'zod/mini';
import {
  deadLetterQueues,
  eventSources,
  fifoQueues,
  ofEachOrdered,
  policiesOf,
  queueIds,
  stageSettings,
} from './expected.ts';
import { eventSource, lambdaFunction, queue } from './kinds.ts';
import type { Package, Stage } from './packaged.ts';
import type { Template } from './template.ts';

const fourteenDays = 14 * 24 * 3600;
/** A larger batch needs a batching window. Otherwise the deployment fails, and no earlier step. */
const maxBatchWithoutWindow = 10;

type EventSource = z.infer<(typeof eventSource)['properties']>;
type Queue = z.infer<(typeof queue)['properties']>;

export function describeQueues({ template, functions, stage }: Package): void {
  const queues = template.all(queue);
  const sources = [...template.all(eventSource).values()];

  test('exactly the expected queues are deployed', () => {
    expect([...queues.keys()].sort()).toEqual(idsOf(queueIds, stage));
  });

  test.each([...queues])(
    '%s retains messages of the maximum size for 14 days, encrypted',
    (_, properties) => {
      expect(properties.MessageRetentionPeriod).toBe(fourteenDays);
      expect(properties.SqsManagedSseEnabled).toBe(true);
      // A message that is too large for the next queue would never leave this one.
      expect(properties.MaximumMessageSize).toBe(1024 * 1024);
    },
  );

  test.each([...queues.keys(), 'QueuePolicy'])('%s stays where the tables stay: it has jobs', (id) => {
    const { DeletionPolicy, UpdateReplacePolicy } = template.resources[id] ?? {};
    const { tableDeletionPolicy } = stageSettings[stage];
    expect({ DeletionPolicy, UpdateReplacePolicy }).toEqual(policiesOf[tableDeletionPolicy]);
  });

  test('every function processes its queues with the expected batch size and concurrency', () => {
    const found = sources.map(({ EventSourceArn, FunctionName, BatchSize, ScalingConfig }) => {
      const by = functions.find(({ id }) => id === FunctionName)?.name;
      return [EventSourceArn, { by, batch: BatchSize, concurrency: ScalingConfig?.MaximumConcurrency }];
    });
    const { maxima } = stageSettings[stage];
    const expected = Object.entries(ofEachOrdered(eventSources, stage)).map(([id, { max, ...source }]) => [
      id,
      { ...source, concurrency: maxima[max] },
    ]);
    expect(found).toHaveLength(expected.length);
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected));
  });

  describe.each(sources)('the mapping $EventSourceArn -> $FunctionName', (source) =>
    describeEventSource(source, template),
  );
  describeRedrive(queues, stage);
  describeFifo(queues, stage);
}

/** In order. */
const idsOf = (ids: readonly string[], stage: Stage): readonly string[] =>
  Object.keys(ofEachOrdered(Object.fromEntries(ids.map((id) => [id, true])), stage)).sort();

function describeEventSource(source: EventSource, template: Template): void {
  const sourceQueue = template.one(source.EventSourceArn, queue);

  test('accepts partial batch responses', () => {
    expect(source.FunctionResponseTypes).toEqual(['ReportBatchItemFailures']);
  });

  test('has a batch size that can be deployed', () => {
    const window = source.MaximumBatchingWindowInSeconds ?? 0;
    if (window === 0) expect(source.BatchSize).toBeLessThanOrEqual(maxBatchWithoutWindow);
    if (sourceQueue.FifoQueue) expect(source.MaximumBatchingWindowInSeconds).toBeUndefined();
  });

  /** AWS advises six times. Where the worker sets a lease before each claim, less brings back sooner what a function could not begin. */
  test('has a queue with a visibility timeout of at least the timeout of the function, which Lambda demands', () => {
    const { Timeout } = template.one(source.FunctionName, lambdaFunction);
    const setsLeaseFirst = /^(Long|Bulk|Ordered)Queue\d?$/.test(source.EventSourceArn);
    const { VisibilityTimeout } = sourceQueue;
    if (setsLeaseFirst) expect(VisibilityTimeout).toBe(900);
    expect(VisibilityTimeout).toBeGreaterThanOrEqual(setsLeaseFirst ? Timeout : 6 * Timeout);
  });
}

function describeRedrive(queues: ReadonlyMap<string, Queue>, stage: Stage): void {
  test('the expected queues have a dead-letter queue of their kind, after 1000 receives', () => {
    const redriving = [...queues].flatMap(([id, { RedrivePolicy: policy }]) =>
      policy ? [[id, policy]] : [],
    );
    const all = ofEachOrdered(deadLetterQueues, stage);
    const expected = Object.entries(all).map(([id, deadLetterTargetArn]) => [
      id,
      { deadLetterTargetArn, maxReceiveCount: 1000 },
    ]);
    expect(Object.fromEntries(redriving)).toEqual(Object.fromEntries(expected));
    for (const [id, target] of Object.entries(all))
      expect(queues.get(target)?.FifoQueue).toBe(queues.get(id)?.FifoQueue);
  });
}

function describeFifo(queues: ReadonlyMap<string, Queue>, stage: Stage): void {
  test('the expected queues are FIFO, and only their names end in .fifo', () => {
    const fifo = [...queues].filter(([, { FifoQueue }]) => FifoQueue);
    expect(fifo.map(([id]) => id).sort()).toEqual(idsOf(fifoQueues, stage));
    for (const { QueueName, FifoQueue } of queues.values())
      expect({ QueueName, fifo: QueueName.endsWith('.fifo') }).toEqual({ QueueName, fifo: FifoQueue });
  });

  test('no queue deduplicates messages by their content', () => {
    for (const { ContentBasedDeduplication } of queues.values())
      expect(ContentBasedDeduplication).not.toBe(true);
  });

  test('only the ordered queues have a throughput limit per group instead of 300 messages a second in all', () => {
    const fast = [...queues].flatMap(([id, { DeduplicationScope, FifoThroughputLimit }]) =>
      (DeduplicationScope ?? FifoThroughputLimit) ? [[id, DeduplicationScope, FifoThroughputLimit]] : [],
    );
    expect(fast.sort()).toEqual(
      idsOf(['OrderedQueue'], stage).map((id) => [id, 'messageGroup', 'perMessageGroupId']),
    );
  });
}
