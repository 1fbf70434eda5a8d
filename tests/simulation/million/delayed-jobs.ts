import { firesAt, isWithinDelay, maxQueueDelaySeconds } from '../../../shared/domain/base/schedule-time.ts';
import { shortHash } from '../../../shared/domain/state/job/pointer.ts';
import { SeededRandom } from '../../../testkit/play/seeded-random.ts';
import { BySecond, LimitedQueue, type Limits } from './services.ts';

/** When each job is submitted, and when it is due. Seconds. */
export interface Load {
  readonly submittedAt: readonly number[];
  readonly dueAt: readonly number[];
}

const maxHiddenSeconds = 12 * 3600 - 900;
const maxBackoffSeconds = 120;

/** Runs until all have started. @returns how many seconds late each job starts */
function play(load: Load, limits: Limits, receive: Receive): readonly number[] {
  const random = new SeededRandom(1);
  const queue = new LimitedQueue(random, limits.inFlight);
  const late = new Array<number>(load.dueAt.length);
  let left = load.dueAt.length;
  load.submittedAt.forEach((at, job) => {
    queue.send(job, at + maxQueueDelaySeconds);
  });
  const start = (job: number, at: number): void => {
    late[job] = Math.max(0, at - (load.dueAt[job] ?? 0));
    left -= 1;
  };
  const second = receive({ load, limits, queue, random, start });
  for (let now = 0; left > 0; now += 1) {
    queue.beginSecond(now);
    second(now);
  }
  return late;
}

interface Playing {
  readonly load: Load;
  readonly limits: Limits;
  readonly queue: LimitedQueue;
  readonly random: SeededRandom;
  readonly start: (job: number, at: number) => void;
}

/** Names end with a hash. */
const nameOf = (job: number): string => shortHash(job);

/** What happens in a second. */
type Receive = (playing: Playing) => (now: number) => void;

/** As it was before there were schedules: the message of a job that is not due is hidden until it is. */
export const byHiddenMessages = (load: Load, limits: Limits): readonly number[] =>
  play(load, limits, ({ queue, start }) => (now) => {
    for (let received = 0; received < limits.receives; received += 1) {
      const job = queue.receive();
      if (job === undefined) return;
      const dueAt = load.dueAt[job] ?? 0;
      if (dueAt <= now) start(job, now);
      else queue.hide(job, Math.min(dueAt, now + maxHiddenSeconds));
    }
  });

/** As it is: a schedule brings the job back, and SQS delays the rest. */
export const bySchedules = (load: Load, limits: Limits): readonly number[] =>
  play(load, limits, (playing) => {
    const scheduler = new Scheduler(playing);
    return (now) => {
      scheduler.fire(now);
      receiveAt(now, playing, scheduler);
    };
  });

/** It creates so many schedules a second, and so many fire. */
class Scheduler {
  readonly #playing: Playing;
  readonly #firing = new BySecond();
  readonly #fired: number[] = [];
  #next = 0;
  #creates = 0;

  constructor(playing: Playing) {
    this.#playing = playing;
  }

  fire(now: number): void {
    const { load, limits, start } = this.#playing;
    this.#creates = limits.creates;
    for (const job of this.#firing.take(now)) this.#fired.push(job);
    const end = Math.min(this.#next + limits.invocations, this.#fired.length);
    for (; this.#next < end; this.#next += 1) {
      const job = this.#fired[this.#next] ?? 0;
      start(job, Math.max(now, load.dueAt[job] ?? 0));
    }
  }

  /** @returns whether it did: it throttles */
  create(job: number): boolean {
    const { load, random } = this.#playing;
    if (this.#creates === 0) return false;
    this.#creates -= 1;
    const at = firesAt(nameOf(job), (load.dueAt[job] ?? 0) * 1000) / 1000;
    this.#firing.add(at + random.below(60), job);
    return true;
  }
}

function receiveAt(now: number, { load, limits, queue, random, start }: Playing, scheduler: Scheduler): void {
  for (let received = 0; received < limits.receives; received += 1) {
    const job = queue.receive();
    if (job === undefined) return;
    const dueAt = load.dueAt[job] ?? 0;
    if (isWithinDelay(dueAt * 1000, now * 1000)) start(job, Math.max(now, dueAt));
    // A throttled create is made again after a backoff.
    else if (!scheduler.create(job)) queue.hide(job, now + 1 + random.below(maxBackoffSeconds));
  }
}
