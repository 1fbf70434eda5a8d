import type { Clock, Log } from '../domain/base/ports.ts';
import type { QueueFigures } from '../domain/base/queue-figures.ts';
import type { PausedSchedules } from '../domain/schedules/paused-schedules.ts';
import type { Schedule } from '../domain/schedules/schedule.ts';
import type { Pauses } from '../domain/state/limits/pauses.ts';
import type { JobReader } from '../domain/state/ports.ts';
import type { AlarmTopic, StageMetrics } from '../domain/watch/watch-ports.ts';
import type { WatchState } from '../domain/watch/watch-state.ts';

/** What a look at a stage needs: it changes nothing. */
export interface LookDependencies {
  /** Counts the messages of every queue. @throws QueueUnavailableError */
  readonly queues: { count(): Promise<readonly QueueFigures[]> };
  readonly metrics: StageMetrics;
  readonly topic: Pick<AlarmTopic, 'subscribers'>;
  readonly jobs: JobReader;
  readonly paused: Pick<PausedSchedules, 'read'>;
  /** What operators have paused. */
  readonly pauses: Pick<Pauses, 'read'>;
  readonly recurring: readonly Schedule[];
  /** Whether the stage has metrics of its own. */
  readonly hasMetrics: boolean;
  /** Whether callers show a token, which API Gateway checks. */
  readonly hasIssuer: boolean;
}

export interface CheckDependencies extends LookDependencies {
  readonly topic: AlarmTopic;
  readonly state: WatchState;
  /** Writes how many troubles are open, one at least. */
  readonly countOpen: (count: number) => void;
  readonly stackName: string;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
}
