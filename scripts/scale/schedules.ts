import type { Arrived } from './arrivals.ts';
import { admittedBy } from './design.ts';
import type { Hits } from './hits.ts';
import { Line } from './line.ts';
import type { Scene } from './stage-load.ts';

/** For how long the jobs wait that wait. */
const delaySeconds = 3600;

interface Due {
  readonly who: keyof Arrived;
  /** When the job was to start. */
  readonly at: number;
  readonly amount: number;
}

/** Some jobs wait for their time, by a schedule of Scheduler, and then for `admission`. */
export class Schedules {
  readonly #scene: Scene;
  readonly #hits: Hits;
  readonly #coming: (Arrived | undefined)[] = [];
  readonly #due = { first: new Line(), others: new Line() };
  #inTheFuture = 0;

  constructor(scene: Scene, hits: Hits) {
    this.#scene = scene;
    this.#hits = hits;
  }

  get isBusy(): boolean {
    return this.#inTheFuture > 1e-3 || this.ready > 0;
  }

  /** Jobs whose time has come. */
  get ready(): number {
    return this.#due.first.length + this.#due.others.length;
  }

  /** Begins a second. */
  come(second: number): void {
    const come = this.#coming[second];
    if (come === undefined) return;
    this.#due.first.add(come.first, second);
    this.#due.others.add(come.others, second);
    this.#inTheFuture -= come.first + come.others;
    this.#coming[second] = undefined;
  }

  /** @returns what goes to a run queue in this second */
  turn({ first, others }: Arrived, second: number): readonly Due[] {
    const { delayed } = this.#scene.load;
    const at = second;
    const now = { first: first * (1 - delayed), others: others * (1 - delayed) };
    this.#make({ first: first * delayed, others: others * delayed }, second);
    return [
      { who: 'first', at, amount: now.first },
      { who: 'others', at, amount: now.others },
      ...this.#fire(second),
    ];
  }

  /** Who is refused a schedule sends a pointer, and tries again: the job waits on all the same. */
  #make(made: Arrived, second: number): void {
    const all = made.first + made.others;
    if (all === 0) return;
    const { createSchedule } = this.#scene.account;
    if (all > createSchedule)
      this.#hits.note('createSchedule', { second, rate: createSchedule, held: all - createSchedule });
    this.#coming[second + delaySeconds] = made;
    this.#inTheFuture += all;
  }

  #fire(second: number): readonly Due[] {
    if (this.ready === 0) return [];
    const { account, stage } = this.#scene;
    const byAdmission = admittedBy(stage);
    const most = Math.min(account.invocations, byAdmission);
    const part = Math.min(1, most / this.ready);
    const by = byAdmission < account.invocations ? 'admissionConcurrency' : 'invocations';
    if (part < 1) this.#hits.note(by, { second, rate: most, held: this.ready - most });
    const { first, others } = this.#due;
    const amounts = { first: first.length * part, others: others.length * part };
    return (['first', 'others'] as const).flatMap((who) =>
      this.#due[who].take(amounts[who]).map((chunk) => ({ who, ...chunk })),
    );
  }
}
