import { type Arrived, arrivalsOf, daySeconds, secondsOf } from './arrivals.ts';
import { batchOf, heartbeats, invocationSeconds, unitsOf } from './design.ts';
import { Door } from './door.ts';
import { Hits } from './hits.ts';
import { figureOf } from './limits.ts';
import { Line, Waits } from './line.ts';
import { Pollers } from './pollers.ts';
import { Schedules } from './schedules.ts';
import type { Scene } from './stage-load.ts';
import { TableFlow } from './table-flow.ts';

/** After so long it is told as what does not end. */
const lastSecond = 7 * daySeconds;

/** Plays a day, second by second, until all of its jobs have started. Jobs are flows: an amount of them need not be whole. */
export function simulate(scene: Scene) {
  const play = new Play(scene);
  let second = 0;
  while (second < lastSecond && (second < secondsOf(scene.load) || play.isBusy)) {
    play.turn(second);
    second += 1;
  }
  return play.told;
}
export type Played = ReturnType<typeof simulate>;

class Play {
  readonly #scene: Scene;
  readonly #hits = new Hits();
  readonly #door: Door;
  readonly #schedules: Schedules;
  readonly #pollers: Pollers;
  readonly #table: TableFlow;
  readonly #list: TableFlow;
  readonly #queue = { first: new Line(), others: new Line() };
  readonly #waits = { first: new Waits(), others: new Waits() };
  readonly #hours: Waits[] = [];
  readonly #arrivals: (second: number) => Arrived;
  /** Of an invocation: how many jobs a full one has, and how long that takes, and one of a single job. */
  readonly #batch: number;
  readonly #full: number;
  readonly #alone: number;
  readonly #queues: number;
  /** Executions that workers had in the last second, and their invocations. */
  #working = { executions: 0, invocations: 0 };
  #highest = 0;
  #last = 0;

  constructor(scene: Scene) {
    const { load, stage, account } = scene;
    this.#scene = scene;
    this.#door = new Door(scene, this.#hits);
    this.#schedules = new Schedules(scene, this.#hits);
    this.#pollers = new Pollers(stage.maximumConcurrency * queuesOf(scene));
    this.#table = new TableFlow(stage.warmTable, account.tableWrites);
    this.#list = new TableFlow(stage.warmList, account.tableWrites);
    this.#arrivals = arrivalsOf(load);
    this.#batch = batchOf(load);
    this.#full = invocationSeconds(load, this.#batch);
    this.#alone = invocationSeconds(load, 1);
    this.#queues = queuesOf(scene);
  }

  get isBusy(): boolean {
    return this.#door.isBusy || this.#schedules.isBusy || this.#waiting > 0;
  }

  get #waiting(): number {
    return this.#queue.first.length + this.#queue.others.length;
  }

  turn(second: number): void {
    const { load } = this.#scene;
    this.#schedules.come(second);
    const wanted = this.#door.come(this.#arrivals(second), second, {
      working: this.#working,
      list: this.#list.takes(second) / unitsOf.list,
    });
    const possible = this.#possible();
    const ready = Math.min(possible.jobs, this.#waiting + this.#schedules.ready + sumOf(wanted));
    const running = ready * this.#alone;
    const units = sumOf(wanted) * unitsOf.submission + ready * unitsOf.work + heartbeats(load, running);
    const part = Math.min(1, units === 0 ? 1 : this.#table.takes(second) / units);
    const accepted = this.#door.accept(wanted, part, second);
    const due = this.#schedules.turn(accepted, second);
    for (const { who, at, amount } of due) this.#queue[who].add(amount, at);
    const started = this.#start(ready * part, second);
    this.#table.note(second, units * part);
    this.#list.note(second, sumOf(accepted) * unitsOf.list);
    this.#noteWork(second, { started, possible, part });
  }

  /** How many jobs may start within a second, and what says so. */
  #possible(): Possible {
    const { load, account } = this.#scene;
    const room = Math.max(0, account.executions - this.#door.executions);
    const groups = load.queue === 'ordered' ? load.groups : Number.POSITIVE_INFINITY;
    const executions = Math.min(this.#pollers.now, room, groups);
    const byLambda = (executions * this.#batch) / this.#full;
    const calls = load.queue === 'ordered' ? figureOf('orderedCalls', load.region) * this.#queues : byLambda;
    const jobs = Math.min(byLambda, calls);
    if (calls < byLambda) return { jobs, by: 'orderedCalls' };
    if (executions === groups) return { jobs, by: 'groups' };
    if (executions === room) return { jobs, by: 'executions' };
    return { jobs, by: this.#pollers.isAtMost ? 'maximumConcurrency' : 'pollers' };
  }

  /** A tenant with more jobs than all others lets these pass: queues are fair, but the ordered ones. */
  #start(amount: number, second: number): number {
    const { first, others } = this.#queue;
    const { queue, shape } = this.#scene.load;
    const isFair = queue !== 'ordered' && shape === 'one-tenant';
    const part = this.#waiting === 0 ? 0 : Math.min(1, amount / this.#waiting);
    const ofOthers = isFair ? Math.min(amount, others.length) : others.length * part;
    return (
      this.#take('others', ofOthers, second) +
      this.#take('first', Math.min(amount - ofOthers, first.length), second)
    );
  }

  #take(who: keyof Arrived, amount: number, second: number): number {
    let sum = 0;
    for (const { at, amount: taken } of this.#queue[who].take(amount)) {
      const hour = Math.floor(at / 3600);
      this.#hours[hour] ??= new Waits();
      this.#hours[hour].note(second - at, taken);
      this.#waits[who].note(second - at, taken);
      sum += taken;
    }
    return sum;
  }

  #noteWork(
    second: number,
    { started, possible, part }: { started: number; possible: Possible; part: number },
  ): void {
    const left = this.#waiting;
    // What waits for less than a second has only come in between two turns.
    if (left >= Math.max(1, started))
      this.#hits.note(part < 1 ? 'tableWrites' : possible.by, { second, rate: started, held: left });
    const full = (started * this.#full) / this.#batch;
    const executions = left >= 1 ? full : Math.min(this.#pollers.now, started * this.#alone);
    const perInvocation = left >= 1 ? this.#full : this.#alone;
    this.#working = { executions, invocations: executions / perInvocation };
    this.#pollers.turn(left >= 1, full);
    this.#highest = Math.max(this.#highest, started);
    if (started > 0) this.#last = second;
  }

  get told() {
    const { first, others } = this.#waits;
    const all = this.#hours.filter((each) => each !== undefined);
    const sum = new Waits();
    for (const each of all) sum.addAll(each);
    return {
      queue: { all: sum.figures, first: first.figures, others: others.figures },
      door: this.#door.figures,
      hours: this.#hours.map((each, hour) => ({ hour, ...(each ?? new Waits()).figures })),
      hits: this.#hits.all,
      highest: this.#highest,
      ended: this.isBusy ? undefined : this.#last,
      left: this.#waiting,
    };
  }
}

interface Possible {
  readonly jobs: number;
  readonly by: 'orderedCalls' | 'groups' | 'executions' | 'maximumConcurrency' | 'pollers';
}

const sumOf = ({ first, others }: Arrived): number => first + others;

/** A tenant has one of the ordered queues, so one alone uses one. */
const queuesOf = ({ load, stage }: Scene): number =>
  load.queue === 'ordered' && load.shape !== 'one-tenant' ? Math.min(stage.orderedQueues, load.tenants) : 1;
