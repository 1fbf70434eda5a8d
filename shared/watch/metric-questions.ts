import { isMoreOrdered, isOrdered, type QueueFigures } from '../domain/base/queue-figures.ts';
import { isAnyActive } from '../domain/state/limits/pause.ts';
import type { MetricQuery } from '../domain/watch/watch-ports.ts';
import { isActive, isOpen, isRun, meterOf, type Seen } from './look.ts';

/* What CloudWatch is asked about a queue. */

export const hourMinutes = 60;

/**
 * Queues of a kind about which CloudWatch is asked: those with messages, all of them once an hour, and where one is
 * open.
 */
export const asked = (
  seen: Seen,
  name: string,
  isKind: (queue: QueueFigures) => boolean,
): readonly QueueFigures[] =>
  seen.queues.filter(
    (queue) => isKind(queue) && (seen.isSweep || isActive(seen, queue) || isOpen(seen, name, queue.name)),
  );

/** About what the stage counts itself: the sum of an hour, unless `over` says another. */
export const ours = (metric: string, queue: QueueFigures, over: Partial<MetricQuery> = {}): MetricQuery => ({
  source: 'stage',
  metric,
  ...{ dimension: meterOf(queue), stat: 'Sum', minutes: hourMinutes, ...over },
});
/** The same about what SQS counts. */
export const ofSqs = (
  metric: string,
  { name }: QueueFigures,
  over: Partial<MetricQuery> = {},
): MetricQuery => ({
  source: 'sqs',
  metric,
  ...{ queue: name, stat: 'Sum', minutes: hourMinutes, ...over },
});

/**
 * How many groups of a queue are noisy, and how old the oldest message of all others is, in seconds. Nothing of a queue
 * without messages, and of one that is not fair among tenants:
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
 */
export const askedOfFair = (queue: QueueFigures, minutes: number): readonly MetricQuery[] =>
  isRun(queue) && !isOrdered(queue) && queue.visible > 0
    ? ['ApproximateNumberOfNoisyGroups', 'ApproximateAgeOfOldestMessageInQuietGroups'].map((metric) =>
        ofSqs(metric, queue, { stat: 'Maximum', minutes }),
      )
    : [];

/** What shows that somebody takes messages of a queue. A server of one's own has no metrics. */
export const takenFrom = (
  { hasMetrics, pauses, now }: Seen,
  queue: QueueFigures,
  minutes: number,
): MetricQuery => {
  // Our metrics count the jobs of all ordered queues as one.
  const isAdded = isMoreOrdered(queue);
  // What is paused is received, and moved out of its queue.
  if (hasMetrics && !isAnyActive(pauses, now) && isRun(queue) && queue.name !== 'server' && !isAdded)
    return ours('AttemptsStarted', queue, { minutes });
  const metric = isRun(queue) ? 'NumberOfMessagesReceived' : 'NumberOfMessagesDeleted';
  return ofSqs(metric, queue, { minutes });
};
