import { EmfMeters, emfLine } from '../../shared/aws/observe/emf-meters.ts';
import { createLog } from '../../shared/aws/observe/logger.ts';
import type { Log } from '../../shared/domain/base/ports.ts';
import { type QueueFigures, type StageQueue, stageQueues } from '../../shared/domain/base/queue-figures.ts';
import { logJobLine } from '../../shared/domain/observe/log-job-line.ts';
import type { MeteredQueue } from '../../shared/domain/observe/metrics.ts';
import { pausedSchedulesIn } from '../../shared/domain/schedules/paused-schedules.ts';
import { jobIdOfOccurrence, type Schedule } from '../../shared/domain/schedules/schedule.ts';
import type { Pause } from '../../shared/domain/state/limits/pause.ts';
import { openTroubles } from '../../shared/domain/watch/watch-ports.ts';
import { watchStateIn } from '../../shared/domain/watch/watch-state.ts';
import { checkStage } from '../../shared/watch/check-stage.ts';
import { InMemoryRecords } from '../../testkit/fakes/in-memory-records.ts';
import { RecordedTopic } from '../../testkit/fakes/in-memory-watch.ts';
import { recordedLog } from '../../testkit/fakes/recorded-log.ts';
import { captureConsole } from '../set-ups/captured-console.ts';
import { somePauses } from '../set-ups/pauses.ts';
import { aQueuedItem } from '../set-ups/samples.ts';
import { CloudWatch, stackName } from './cloudwatch.ts';
import type { Template } from './template.ts';

const minuteMs = 60_000;
/** At the full hour, when everything is looked at. */
const start = Date.UTC(2026, 0, 2, 3);

const schedule: Schedule = {
  name: 'hourly',
  cron: '10 * * * *',
  timeZone: 'UTC',
  type: 'counting',
  payload: {},
  tenant: 'acme',
};

/** A stage whose queues, lines and metrics a test sets, minute by minute. Every five minutes its function `check` runs. */
export class WatchedWorld {
  readonly cloudWatch: CloudWatch;
  readonly topic = new RecordedTopic();
  readonly queues = new Map<StageQueue, QueueFigures>(
    stageQueues.map((name) => [name, { name, visible: 0, inFlight: 0, delayed: 0 }]),
  );
  readonly #pauses = somePauses();
  readonly #state = watchStateIn(new InMemoryRecords());
  readonly #meters: EmfMeters;
  minute = 0;
  readonly startsAt = start;
  isTableThere = true;
  /** The functions that a rule calls every five minutes, and nobody else. */
  readonly called = new Set(['check', 'overdue']);
  /** Up to which minute Scheduler fires. */
  firesUntil = Number.POSITIVE_INFINITY;

  constructor(template: Template) {
    this.cloudWatch = new CloudWatch(template);
    const write = (line: string) => this.cloudWatch.takeLine('WorkerLogGroup', line);
    this.#meters = new EmfMeters(
      { METRICS: 'queue', METRICS_NAMESPACE: stackName },
      write,
      () => this.cloudWatch.now,
    );
  }

  set(name: StageQueue, figures: Partial<QueueFigures>): void {
    this.queues.set(name, { name, visible: 0, inFlight: 0, delayed: 0, ...figures });
  }

  /** Something is paused since so many days. */
  pause(name: string, { days = 0, ...more }: Partial<Pause> & { readonly days?: number } = {}): void {
    const at = start - days * 24 * 60 * minuteMs;
    this.#pauses.pauses.set(name, { at, by: 'key:1', ...more });
  }

  /** It is resumed in this minute. */
  async resume(name: string): Promise<void> {
    await this.#pauses.resume(name, 'key:1', this.#time);
  }

  /** Jobs that started and ended in this minute. */
  jobs(queue: MeteredQueue, { succeeded = 0, failed = 0, delayMs = 100 } = {}): void {
    const meter = this.#meters.on(queue);
    for (let job = 0; job < succeeded + failed; job += 1) {
      meter.count('AttemptsStarted');
      meter.time('StartDelay', delayMs);
      meter.count(job < failed ? 'JobsFailed' : 'JobsSucceeded');
      this.log('Worker', (log) => logJobLine(log, ended(queue, job < failed ? 'failed' : 'succeeded')));
    }
    this.#meters.flush();
  }

  /** What a function logs, as it stands in its log. */
  log(fn: string, write: (log: Log) => void): void {
    const captured = captureConsole();
    try {
      write(createLog(fn));
    } finally {
      captured.restore();
    }
    for (const line of captured.lines) this.cloudWatch.takeLine(`${fn}LogGroup`, line);
  }

  /** What Lambda writes of an invocation whose process was lost. */
  loseProcess(fn: string): void {
    const record = { requestId: 'r', status: 'error', errorType: 'Runtime.ExitError', metrics: {} };
    const line = { time: '2026-01-02T03:04:05.678Z', type: 'platform.report', record };
    this.cloudWatch.takeLine(`${fn}LogGroup`, JSON.stringify(line));
  }

  ofQueue(metric: string, queue: StageQueue, value: number): void {
    this.cloudWatch.put({ namespace: 'AWS/SQS', metric, dimensions: { QueueName: queue }, value });
  }

  ofApi(metric: string, value: number): void {
    this.cloudWatch.put({ namespace: 'AWS/ApiGateway', metric, dimensions: { ApiId: 'HttpApi' }, value });
  }

  /** Lets minutes pass. @returns the minutes after which an alarm, and a text, came first */
  async run({ happens, minutes = 120 }: Happening): Promise<Rung> {
    let alarm: Rung['alarm'];
    let text: Rung['text'];
    await this.#runBefore();
    for (this.minute = 0; this.minute < minutes; this.minute += 1) {
      const time = this.#time;
      this.cloudWatch.now = time;
      happens(this);
      if ((time / minuteMs) % 5 === 0) await this.#callByRules();
      const [begun] = this.topic.texts;
      text ??= begun && { minute: this.minute, ...begun };
      const [first] = this.cloudWatch.endMinute(time + minuteMs);
      alarm ??= first === undefined ? undefined : { minute: this.minute + 1, id: first };
    }
    return { alarm, text };
  }

  /** It begins when a check, which had looked at everything, has just seen nothing. */
  get #time(): number {
    return start + (this.minute + 1) * minuteMs;
  }

  async #runBefore(): Promise<void> {
    for (const minutes of [-15, -10, -5, 0]) {
      this.cloudWatch.now = start + minutes * minuteMs;
      await this.#callByRules();
    }
  }

  async #callByRules(): Promise<void> {
    for (const name of this.called) {
      const dimensions = {
        FunctionName: `${name.replace(/^./, (letter) => letter.toUpperCase())}LambdaFunction`,
      };
      this.cloudWatch.put({ namespace: 'AWS/Lambda', metric: 'Invocations', dimensions, value: 1 });
    }
    if (this.called.has('check')) await this.#check();
  }

  /** Lambda writes about one that fails. */
  async #check(): Promise<void> {
    const { cloudWatch, topic } = this;
    const now = cloudWatch.now;
    try {
      if (!this.isTableThere) throw new Error('no table');
      await checkStage({
        queues: { count: async () => [...this.queues.values()] },
        metrics: cloudWatch,
        topic,
        state: this.#state,
        jobs: { read: async (id) => (this.#wasMade(id) ? aQueuedItem({ id }) : undefined) },
        paused: pausedSchedulesIn(new InMemoryRecords()),
        pauses: this.#pauses,
        recurring: [schedule],
        hasMetrics: true,
        hasIssuer: true,
        countOpen: (value) =>
          cloudWatch.takeLine('CheckLogGroup', emfLine(stackName, openTroubles, { value, now })),
        stackName,
        clock: { now: () => now },
        log: recordedLog(),
      });
    } catch {
      this.loseProcess('Check');
    }
  }

  #wasMade(id: string): boolean {
    return Array.from({ length: this.minute + 1 }, (_, minute) => minute).some(
      (minute) =>
        minute <= this.firesUntil &&
        id ===
          jobIdOfOccurrence(schedule.tenant, {
            schedule: schedule.name,
            at: new Date(start + (minute + 1) * minuteMs).toISOString(),
          }),
    );
  }
}

interface Happening {
  readonly happens: (world: WatchedWorld) => void;
  readonly minutes?: number;
}

export interface Rung {
  readonly alarm: { readonly minute: number; readonly id: string } | undefined;
  readonly text: { readonly minute: number; readonly subject: string; readonly body: string } | undefined;
}

const ended = (queue: MeteredQueue, outcome: 'failed' | 'succeeded') =>
  ({
    message: 'attempt ended',
    jobId: '00000000-0000-4000-8000-000000000000',
    tenant: 'acme',
    type: 'counting',
    queue,
    run: 1,
    attempt: 1,
    slice: 1,
    place: 'function',
    messageId: 'm',
    outcome,
    status: outcome,
    last: true,
    durationMs: 10,
    mbMs: 10_240,
  }) as const;
