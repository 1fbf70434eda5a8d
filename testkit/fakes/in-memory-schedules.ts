import { SchedulesUnavailableError } from '../../shared/domain/schedules/schedule-errors.ts';
import type { OneTimeSchedule, OneTimeSchedules } from '../../shared/domain/schedules/schedule-ports.ts';

/** What EventBridge Scheduler takes as a schedule's name. */
const validName = /^[0-9a-zA-Z-_.]{1,64}$/;

/** One-time schedules as a map by their names. They never fire: a test reads what each would send. */
export class InMemoryOneTimeSchedules<Message> implements OneTimeSchedules<Message> {
  readonly schedules = new Map<string, OneTimeSchedule<Message>>();
  isFailing = false;
  readonly #clock: { now(): number };

  /** @param clock a schedule before its time is refused. Without one, every time is in the future */
  constructor(clock: { now(): number } = { now: () => 0 }) {
    this.#clock = clock;
  }

  async create(schedule: OneTimeSchedule<Message>): Promise<void> {
    this.#throwIfFailing('create');
    if (!validName.test(schedule.name)) throw new SchedulesUnavailableError('the name is not valid');
    if (schedule.at < this.#clock.now()) throw new SchedulesUnavailableError('the time is past');
    if (!this.schedules.has(schedule.name)) this.schedules.set(schedule.name, schedule);
  }

  async delete(name: string): Promise<void> {
    this.#throwIfFailing('delete');
    this.schedules.delete(name);
  }

  #throwIfFailing(call: keyof OneTimeSchedules<Message>): void {
    if (this.isFailing) throw new SchedulesUnavailableError(`${call} fails in this test`);
  }
}
