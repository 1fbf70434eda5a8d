import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Clock } from '../../shared/domain/base/ports.ts';
import { invokeTarget, sendDeadLetter } from './invoke-target.ts';
import type { PlanNext } from './plan-next.ts';
import type { ScheduleStore, StoredSchedule } from './schedule-store.ts';

interface InvocationOptions {
  readonly store: ScheduleStore;
  readonly sqs: SQSClient;
  readonly sqsEndpoint: string;
  readonly clock: Clock;
  readonly planNext: PlanNext;
}

/** No timer is trusted for longer: it stands still while a laptop sleeps. */
const maxPauseMs = 5_000;
const pauseAfterErrorMs = 1_000;
const batchSize = 20;
const firstBackoffMs = 1_000;
const maxBackoffMs = 300_000;

/**
 * Invokes the targets of schedules when their time has come. It is recorded only afterwards, so that a process that is
 * killed in between makes the next one invoke the target again.
 */
export class ScheduleInvoker {
  readonly #options: InvocationOptions;
  readonly #stopping = new AbortController();
  #pause = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(options: InvocationOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Looks at the schedules again: one was created that may be the next. */
  wake(): void {
    this.#pause.abort();
  }

  /** Waits for the invocations that it has begun. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#pause.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { store, clock } = this.#options;
    while (!this.#stopping.signal.aborted) {
      this.#pause = new AbortController();
      try {
        const due = store.due(clock.now(), batchSize);
        await Promise.all(due.map((schedule) => this.#invoke(schedule)));
        const pauseMs = due.length > 0 ? 0 : (store.nextFiring() ?? Infinity) - clock.now();
        if (pauseMs > 0) await clock.sleep(Math.min(pauseMs, maxPauseMs), this.#pause.signal);
      } catch (error) {
        console.error('The EventBridge Scheduler of this machine failed:', error);
        await clock.sleep(pauseAfterErrorMs, this.#pause.signal);
      }
    }
  }

  async #invoke(schedule: StoredSchedule): Promise<void> {
    const scheduledAt = schedule.scheduledAt ?? this.#options.clock.now();
    const invocation = { ...schedule, scheduledAt };
    try {
      await invokeTarget(invocation, this.#options);
    } catch (cause) {
      const exhausted = this.#exhausted(schedule, scheduledAt);
      if (exhausted === undefined) return this.#tryAgain(schedule);
      try {
        await sendDeadLetter(invocation, { cause, exhausted }, this.#options);
      } catch {
        return this.#tryAgain(schedule);
      }
    }
    this.#complete(schedule);
  }

  #exhausted({ definition, retries }: StoredSchedule, scheduledAt: number) {
    const { MaximumEventAgeInSeconds, MaximumRetryAttempts } = definition.Target.RetryPolicy;
    if (retries >= MaximumRetryAttempts) return 'MaximumRetryAttempts';
    const isOld = this.#options.clock.now() - scheduledAt >= MaximumEventAgeInSeconds * 1000;
    return isOld ? 'MaximumEventAgeInSeconds' : undefined;
  }

  #tryAgain(schedule: StoredSchedule): void {
    const { store, clock } = this.#options;
    const backoffMs = Math.min(firstBackoffMs * 2 ** schedule.retries, maxBackoffMs);
    store.replan(schedule, {
      scheduledAt: schedule.scheduledAt,
      firesAt: clock.now() + backoffMs,
      retries: schedule.retries + 1,
    });
  }

  /** The next occurrence is one that is ahead: those that were missed meanwhile are not made up for. */
  #complete(schedule: StoredSchedule): void {
    const { store, clock, planNext } = this.#options;
    const next = planNext(schedule.definition, Math.max(clock.now(), (schedule.scheduledAt ?? 0) + 1));
    const isOver = next.scheduledAt === null && schedule.definition.ActionAfterCompletion === 'DELETE';
    if (isOver) store.remove(schedule);
    else store.replan(schedule, { ...next, retries: 0 });
  }
}
