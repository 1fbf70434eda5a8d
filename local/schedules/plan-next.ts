import type { Random } from '../../shared/domain/base/ports.ts';
import type { ScheduleDefinition } from './definition.ts';
import { timingOf } from './expression.ts';
import type { Plan } from './schedule-store.ts';

/** When a schedule fires next, if it is not before `from`, epoch milliseconds. */
export type PlanNext = (definition: ScheduleDefinition, from: number) => Plan;

const minuteMs = 60_000;

/**
 * Scheduler fires anywhere within the minute of the time that it is told
 * (https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html).
 */
export const planner =
  (random: Pick<Random, 'fraction'>): PlanNext =>
  (definition, from) => {
    const scheduledAt = timingOf(definition).next(from) ?? null;
    if (scheduledAt === null || definition.State === 'DISABLED') return { scheduledAt, firesAt: null };
    return { scheduledAt, firesAt: scheduledAt + Math.floor(random.fraction() * minuteMs) };
  };
