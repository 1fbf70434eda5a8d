import { SchedulesUnavailableError } from '../../shared/domain/schedules/schedule-errors.ts';
import type { SeededRandom } from '../../testkit/play/seeded-random.ts';
import type { VirtualTime } from '../../testkit/play/virtual-time.ts';
import type { SimulatedQueue } from './simulated-queue.ts';

/** How Scheduler makes trouble, beside the faults of single calls. */
export interface SchedulerTrouble {
  /** Each schedule fires twice, the second time so many milliseconds later. */
  readonly twiceAfterMs?: number;
  /** It fires so much later than it should. */
  readonly lateMs?: number;
  /** Nothing reaches its queue: what is sent goes to the dead letters. */
  readonly isCutOff?: boolean;
  /** It throttles: for so long it takes no schedule. */
  readonly throttlesForMs?: number;
  /** It takes schedules, and none fires. */
  readonly isStopped?: boolean;
  /** Nothing is ever deleted: to delete a schedule is nobody's duty. */
  readonly keepsDeleted?: boolean;
}

interface Settings {
  readonly trouble: SchedulerTrouble;
  readonly chaos: boolean;
  readonly random: SeededRandom;
  readonly deadLetters: SimulatedQueue;
}

interface Schedule {
  readonly at: number;
  readonly body: string;
  readonly queue: SimulatedQueue;
}

const minuteMs = 60_000;
/** How long a schedule that has fired is still there: the service does not say. */
const deletedAfterMs = 15 * minuteMs;

/** EventBridge Scheduler: one-time schedules that fire at least once, anywhere within their minute, or later. */
export class SimulatedScheduler {
  readonly #time: VirtualTime;
  readonly #settings: Settings;
  readonly #startedAt: number;
  /** Those that are there, with what calls each off. */
  readonly #schedules = new Map<string, () => void>();
  /** How many it has refused, because it throttled. */
  refused = 0;

  constructor(time: VirtualTime, settings: Settings) {
    this.#time = time;
    this.#settings = settings;
    this.#startedAt = time.now;
  }

  get names(): readonly string[] {
    return [...this.#schedules.keys()];
  }

  /** @throws SchedulesUnavailableError for a time that is past, and while it throttles */
  create(name: string, { at, body, queue }: Schedule): void {
    this.#throttle();
    if (at < this.#time.now) throw new SchedulesUnavailableError('the time is past');
    if (this.#schedules.has(name)) return;
    const { trouble, chaos, random } = this.#settings;
    const { lateMs = 0, twiceAfterMs = chaos && random.chance(0.2) ? random.below(3_600_000) : undefined } =
      trouble;
    const firesAt = at + random.below(minuteMs) + lateMs;
    const again = twiceAfterMs === undefined ? [] : [twiceAfterMs];
    const calledOff = [0, ...again].map((afterMs) =>
      this.#time.after(firesAt + afterMs - this.#time.now, () => this.#send(queue, body)),
    );
    this.#time.after(firesAt + deletedAfterMs - this.#time.now, () => this.#schedules.delete(name));
    this.#schedules.set(name, () => {
      for (const callOff of calledOff) callOff();
    });
  }

  #throttle(): void {
    const { throttlesForMs = 0 } = this.#settings.trouble;
    if (this.#time.now >= this.#startedAt + throttlesForMs) return;
    this.refused += 1;
    throw new SchedulesUnavailableError('throttled');
  }

  delete(name: string): void {
    if (this.#settings.trouble.keepsDeleted) return;
    this.#schedules.get(name)?.();
    this.#schedules.delete(name);
  }

  #send(queue: SimulatedQueue, MessageBody: string): void {
    const { trouble, deadLetters } = this.#settings;
    if (trouble.isStopped) return;
    if (!trouble.isCutOff) queue.send(MessageBody);
    else deadLetters.send(JSON.stringify({ MessageBody, QueueUrl: queue.name }));
  }
}
