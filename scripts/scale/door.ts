import type { Arrived } from './arrivals.ts';
import { type Key, keysOfTenant, submitSeconds } from './design.ts';
import type { HitName, Hits } from './hits.ts';
import { figureOf } from './limits.ts';
import { Line, Waits } from './line.ts';
import { Bucket } from './pollers.ts';
import type { Scene } from './stage-load.ts';

const executionRate = figureOf('executionRate');

interface Around {
  readonly working: { readonly executions: number; readonly invocations: number };
  /** Jobs a second that the index of lists takes. */
  readonly list: number;
}

/** The API, and the function that submits. Who is refused comes again until there is room: the client does so. */
export class Door {
  readonly #scene: Scene;
  readonly #hits: Hits;
  readonly #requests: Bucket;
  /** Executions that Lambda adds: all of them at once after a quiet time, and then so many a second. */
  readonly #further: Bucket;
  readonly #outside = { first: new Line(), others: new Line() };
  readonly #waits = new Waits();
  /** The one that lets the fewest jobs of a tenant in. */
  readonly #key: Key;
  /** Of a submission. */
  readonly #seconds: number;
  #executions = 0;

  constructor(scene: Scene, hits: Hits) {
    const { stage, account } = scene;
    this.#scene = scene;
    this.#hits = hits;
    this.#seconds = submitSeconds(scene.load);
    this.#key = keysOfTenant(scene.load, stage).reduce((least, each) =>
      each.jobs < least.jobs ? each : least,
    );
    this.#requests = new Bucket(Math.min(stage.throttleRate, account.requests), stage.throttleBurst);
    const scaling = figureOf('scaling');
    this.#further = new Bucket(scaling / 10, scaling);
  }

  get isBusy(): boolean {
    return this.#length > 0;
  }

  get executions(): number {
    return this.#executions;
  }

  get figures() {
    return this.#waits.figures;
  }

  get #length(): number {
    return this.#outside.first.length + this.#outside.others.length;
  }

  /** @returns the jobs that come in, unless the table refuses them */
  come({ first, others }: Arrived, second: number, around: Around): Arrived {
    this.#outside.first.add(first, second);
    this.#outside.others.add(others, second);
    const wanted = this.#byKeys();
    const all = wanted.first + wanted.others;
    const held = this.#length - all;
    const rooms = this.#rooms(around);
    const narrowest = rooms.reduce((least, each) => (each.jobs < least.jobs ? each : least));
    const part = all === 0 ? 1 : Math.min(1, Math.max(0, narrowest.jobs) / all);
    if (part < 1) this.#hits.note(narrowest.by, { second, rate: all * part, held: held + all * (1 - part) });
    else if (held >= 1) this.#hits.note(this.#key.name, { second, rate: this.#key.jobs, held });
    return { first: wanted.first * part, others: wanted.others * part };
  }

  accept(wanted: Arrived, part: number, second: number): Arrived {
    const { perRequest } = this.#scene.load;
    const accepted = { first: wanted.first * part, others: wanted.others * part };
    const all = accepted.first + accepted.others;
    if (part < 1 && all > 0)
      this.#hits.note('tableWrites', { second, rate: all, held: (all / part) * (1 - part) });
    const requests = all / perRequest;
    this.#requests.take(requests);
    const executions = requests * this.#seconds;
    this.#further.take(Math.max(0, executions - this.#executions));
    this.#executions = executions;
    for (const who of ['first', 'others'] as const)
      for (const { at, amount } of this.#outside[who].take(accepted[who]))
        this.#waits.note(second - at, amount);
    return accepted;
  }

  /** Each tenant has keys of its own. */
  #byKeys(): Arrived {
    const { shape, tenants } = this.#scene.load;
    const { first, others } = this.#outside;
    const count = shape === 'one-tenant' ? tenants : tenants - 1;
    return {
      first: Math.min(first.length, this.#key.jobs),
      others: Math.min(others.length, this.#key.jobs * count),
    };
  }

  #rooms({ working, list }: Around): readonly { readonly by: HitName; readonly jobs: number }[] {
    const { load, account, stage } = this.#scene;
    const { perRequest } = load;
    const requests = account.executions * executionRate - working.invocations;
    const free = Math.min(account.executions - working.executions, this.#executions + this.#further.room);
    const byAccount = free >= account.executions - working.executions;
    return [
      {
        by: stage.throttleRate < account.requests ? 'throttleRate' : 'requests',
        jobs: this.#requests.room * perRequest,
      },
      { by: 'executionRate', jobs: requests * perRequest },
      { by: byAccount ? 'executions' : 'scaling', jobs: (free / this.#seconds) * perRequest },
      { by: 'listWrites', jobs: list },
    ];
  }
}
