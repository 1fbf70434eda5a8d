import type { QueueFigures } from '../domain/base/queue-figures.ts';
import type { PausesByName } from '../domain/state/limits/pause.ts';
import type { Memory, SeenQueue } from '../domain/watch/memory.ts';
import type { MetricQuery } from '../domain/watch/watch-ports.ts';
import type { LookDependencies } from './dependencies.ts';
import { lookAtSchedules, type SeenSchedules } from './recurring-jobs.ts';

/** What is known before CloudWatch is asked. It decides what CloudWatch is asked for. */
export interface Seen {
  readonly now: number;
  readonly memory: Memory;
  /** Once an hour everything is asked for, also of what looks idle: jobs may come and go between two checks. */
  readonly isSweep: boolean;
  readonly queues: readonly QueueFigures[];
  /** What is paused, or was a moment ago. */
  readonly pauses: PausesByName;
  readonly hasMetrics: boolean;
  readonly hasIssuer: boolean;
}

/** All that a trouble is found in. */
export interface Look extends Seen {
  /** The number for a query that was asked, else 0. */
  readonly value: (query: MetricQuery) => number;
  /** undefined if nobody has asked. */
  readonly subscribers: number | undefined;
  readonly schedules: SeenSchedules;
}

export const minuteMs = 60_000;
const sweepMs = 60 * minuteMs;
/** How often the function is called. */
export const checkMs = 5 * minuteMs;

/** The first check of each hour looks at everything. */
export const isSweepAt = (now: number): boolean => now % sweepMs < checkMs;

export const totalOf = ({ visible, inFlight, delayed }: QueueFigures): number => visible + inFlight + delayed;

/** The same of the check before, or nothing. */
export const before = ({ memory }: Pick<Seen, 'memory'>, queue: string): SeenQueue | undefined =>
  memory.queues[queue];

const endsInPerson = /^(quarantine|notify-dead-letter)$/;
const holdsDeadLetters = /^dead-letter/;
/** Only a person empties them. */
export const isPile = ({ name }: Pick<QueueFigures, 'name'>): boolean => endsInPerson.test(name);
export const isDeadLetters = ({ name }: Pick<QueueFigures, 'name'>): boolean => holdsDeadLetters.test(name);
/** Queues that somebody must always receive from. */
export const isWork = (queue: QueueFigures): boolean => !isPile(queue) && !isDeadLetters(queue);
/** Queues whose messages are jobs that may run. */
export const isRun = (queue: QueueFigures): boolean =>
  isWork(queue) && !['waiting', 'notify', 'notify-slow'].includes(queue.name);

/** The dimension of our metrics. */
export const meterOf = ({ name }: Pick<QueueFigures, 'name'>): MetricQuery['dimension'] => ({
  name: 'Queue',
  value: name.replace('.fifo', ''),
});

export const isActive = (seen: Pick<Seen, 'memory'>, queue: QueueFigures): boolean =>
  totalOf(queue) > 0 || (before(seen, queue.name)?.total ?? 0) > 0;

export const isOpen = ({ memory }: Pick<Seen, 'memory'>, name: string, where?: string): boolean =>
  memory.open.some((trouble) => trouble.name === name && (where ?? trouble.where) === trouble.where);

const keyOf = (query: MetricQuery): string => JSON.stringify(query);

interface LookOptions {
  readonly now: number;
  readonly memory: Memory;
  readonly isSweep: boolean;
  /** What the troubles need to know. */
  readonly asks: (seen: Seen) => readonly MetricQuery[];
}

/** Looks at the stage, and asks CloudWatch for what may be wrong alone. @throws what the ports throw */
export async function lookAtStage(
  { now, memory, isSweep, asks }: LookOptions,
  deps: LookDependencies,
): Promise<Look> {
  const { hasMetrics, hasIssuer } = deps;
  const [queues, pauses] = await Promise.all([deps.queues.count(), deps.pauses.read()]);
  const seen = { now, memory, isSweep, queues, pauses, hasMetrics, hasIssuer };
  const queries = [...new Map(asks(seen).map((query) => [keyOf(query), query])).values()];
  const isTopicAsked = isSweep || isOpen(seen, 'unheard');
  const [numbers, subscribers, schedules] = await Promise.all([
    queries.length > 0 ? deps.metrics.read(queries) : [],
    isTopicAsked ? deps.topic.subscribers() : undefined,
    lookAtSchedules(seen, deps),
  ]);
  const values = new Map(queries.map((query, at) => [keyOf(query), numbers[at] ?? 0]));
  return { ...seen, value: (query) => values.get(keyOf(query)) ?? 0, subscribers, schedules };
}
