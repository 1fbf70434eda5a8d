import { describe, expect, test } from '@jest/globals';
import type * as z from 'zod/mini';
import { eventSources, queueIds } from './expected.ts';
import { eventSource, lambdaFunction, queue } from './kinds.ts';
import type { Package } from './packaged.ts';
import type { Template } from './template.ts';

const fourteenDays = 14 * 24 * 3600;
/** More needs a batching window, which a deployment would find out, and no earlier step. */
const largestBatchWithoutWindow = 10;

type EventSource = z.infer<(typeof eventSource)['properties']>;

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

  test('functions work off these queues, so many messages and invocations at a time', () => {
    const found = sources.map(({ EventSourceArn, FunctionName, BatchSize, ScalingConfig }) => {
      const by = functions.find(({ id }) => id === FunctionName)?.name;
      return [EventSourceArn, { by, batch: BatchSize, concurrency: ScalingConfig?.MaximumConcurrency }];
    });
    const wanted = Object.entries(eventSources).map(([id, source]) => [
      id,
      { concurrency: workers, ...source },
    ]);
    expect(found).toHaveLength(wanted.length);
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(wanted));
  });

  describe.each(sources)('$EventSourceArn -> $FunctionName', (source) => {
    describeEventSource(source, template);
    const targets = [...queues.values()].map(({ RedrivePolicy }) => RedrivePolicy?.deadLetterTargetArn);
    if (!targets.includes(source.EventSourceArn)) describeRedrive(source.EventSourceArn, template);
  });
}

function describeEventSource(source: EventSource, template: Template): void {
  const from = template.one(source.EventSourceArn, queue);

  test('is told message by message what stays in the queue', () => {
    expect(source.FunctionResponseTypes).toEqual(['ReportBatchItemFailures']);
  });

  test('gets a batch that can be deployed', () => {
    const window = source.MaximumBatchingWindowInSeconds ?? 0;
    if (window === 0) expect(source.BatchSize).toBeLessThanOrEqual(largestBatchWithoutWindow);
    if (from.FifoQueue) expect(source.MaximumBatchingWindowInSeconds).toBeUndefined();
  });

  test('has six times the timeout of the function before messages come back', () => {
    const { Timeout } = template.one(source.FunctionName, lambdaFunction);
    expect(from.VisibilityTimeout).toBeGreaterThanOrEqual(6 * Timeout);
  });
}

function describeRedrive(queueId: string, template: Template): void {
  test('has a dead-letter queue of its kind, and deliveries are not the attempts', () => {
    const { RedrivePolicy, FifoQueue } = template.one(queueId, queue);
    const { deadLetterTargetArn = '', maxReceiveCount } = RedrivePolicy ?? {};
    expect(maxReceiveCount).toBe(1000);
    expect(deadLetterTargetArn).not.toBe(queueId);
    expect(template.one(deadLetterTargetArn, queue).FifoQueue).toBe(FifoQueue);
  });
}
