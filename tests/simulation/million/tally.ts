import { priceOf } from '../../../scripts/cost/price-list.ts';

/** What waits: `napper` is a sleeper of at most 15 minutes. */
export const kinds = ['napper', 'sleeper', 'dependent', 'delayed'] as const;
export type Kind = (typeof kinds)[number];

/** What a wait adds to a job. The simulation counts the same of the real code. */
interface Adds {
  /** Of items: the end of a slice and the next claim; a registration, `defer` and `admit`; `postpone`. */
  readonly writes: number;
  readonly reads: number;
  /** Sends beside those of pointers and to the run queue by admission. */
  readonly sends: number;
}
const adds: Readonly<Record<Kind, Adds>> = {
  napper: { writes: 2, reads: 0, sends: 1 },
  sleeper: { writes: 2, reads: 0, sends: 0 },
  // The job that it waits for: at its registration, after `defer`, and when it is woken; and who wakes it reads it.
  dependent: { writes: 3, reads: 4, sends: 0 },
  delayed: { writes: 1, reads: 1, sends: 0 },
};

/** For a million, of us-east-1: items with their message have up to 2 KB. */
const { usd: gbSecond } = priceOf('us-east-1', 'gbSecond');
export const prices = {
  writeUnit: priceOf('us-east-1', 'writeUnit').usd,
  readUnit: priceOf('us-east-1', 'readUnit').usd,
  request: priceOf('us-east-1', 'request').usd,
  schedule: priceOf('us-east-1', 'schedule').usd,
  invocation: priceOf('us-east-1', 'invocation').usd,
  gbSecond: 1e6 * gbSecond,
};
const unitsOfWrite = 2;
const batchSize = 10;
/** Of an invocation of admission for ten pointers: 1 GB. */
const secondsOfBatch = 0.1;

/** Counts what is made of waits. */
export class Tally {
  readonly #kind: Kind;
  readonly #jobs: number;
  /** Items that are put into the index, and taken out again. */
  kept = 0;
  pointers = 0;
  admitted = 0;
  schedules = 0;
  /** Schedules that were refused: a pointer came again. */
  throttled = 0;
  looks = 0;
  queries = 0;
  /** At most at a time. */
  inFlight = 0;
  #receives = 0;
  #batches = 0;

  constructor(kind: Kind, jobs: number) {
    this.#kind = kind;
    this.#jobs = jobs;
  }

  onReceived(messages: number): void {
    this.#receives += messages;
    this.#batches += Math.ceil(messages / batchSize);
  }

  get writes(): number {
    return adds[this.#kind].writes * this.#jobs + this.looks;
  }

  /** An item whose time in the index changes is written there twice. */
  get indexWrites(): number {
    return 2 * this.kept + 2 * this.looks;
  }

  get sends(): number {
    return adds[this.#kind].sends * this.#jobs + this.pointers + this.admitted;
  }

  get invocations(): number {
    return this.#batches;
  }

  /** In dollars. */
  get cost(): number {
    const reads = adds[this.#kind].reads * this.#jobs + this.#receives + this.looks + this.queries / 2;
    // A receive and a delete for each batch; what comes back to the run queue is received and deleted there, in batches of ten.
    const requests = this.sends + 2 * this.#batches + (2 * this.#jobs) / batchSize;
    const millions =
      (unitsOfWrite * this.writes + this.indexWrites) * prices.writeUnit +
      reads * prices.readUnit +
      requests * prices.request +
      this.schedules * prices.schedule +
      this.#batches * (prices.invocation + secondsOfBatch * prices.gbSecond);
    return millions / 1e6;
  }
}
