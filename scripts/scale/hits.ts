import type { KeyName } from './design.ts';

/** What may hold jobs back: a limit of AWS, a parameter of the stage, or a key of the table. */
export type HitName =
  | KeyName
  | 'throttleRate'
  | 'requests'
  | 'executionRate'
  | 'executions'
  | 'scaling'
  | 'tableWrites'
  | 'listWrites'
  | 'pollers'
  | 'maximumConcurrency'
  | 'groups'
  | 'orderedCalls'
  | 'createSchedule'
  | 'invocations'
  | 'admissionConcurrency';

export interface Hit {
  readonly name: HitName;
  /** The first second in which it held jobs back, and how many a second it let through then. */
  readonly at: number;
  readonly rate: number;
  /** In how many seconds it did. */
  readonly seconds: number;
  /** How many jobs at once, at most. */
  readonly held: number;
}

interface Note {
  readonly second: number;
  readonly rate: number;
  readonly held: number;
}

/** Fewer seconds in a day are the start of a function, or a rounding of this model. */
const atLeastSeconds = 10;

/** Notes what holds jobs back. */
export class Hits {
  readonly #hits = new Map<HitName, Hit & { readonly last: number }>();

  note(name: HitName, { second, rate, held }: Note): void {
    const before = this.#hits.get(name);
    const seconds = (before?.seconds ?? 0) + (before?.last === second ? 0 : 1);
    const most = Math.max(before?.held ?? 0, held);
    const first = { at: before?.at ?? second, rate: before?.rate ?? rate };
    this.#hits.set(name, { name, ...first, seconds, held: most, last: second });
  }

  /** The first one first. */
  get all(): readonly Hit[] {
    return [...this.#hits.values()]
      .filter(({ seconds }) => seconds >= atLeastSeconds)
      .sort((one, other) => one.at - other.at || other.seconds - one.seconds)
      .map(({ last: _, ...hit }) => hit);
  }
}

/** What to change, of the stage or of the account. */
export const remedies: Readonly<Record<HitName, string>> = {
  throttleRate: '`throttleRate` and `throttleBurst`, or batches (`POST /jobs/batch`)',
  requests: "batches; API Gateway's requests of the account (quota)",
  executionRate: "batches; Lambda's concurrent executions (quota), which its requests go by",
  executions: "Lambda's concurrent executions (quota)",
  scaling: 'nothing: Lambda adds so many executions to a function; batches need fewer',
  tableWrites: '`warmThroughput` of `table`; beyond 40,000 the write units of a table (quota)',
  listWrites: '`warmThroughput` of `list`',
  listKey: '`listShards`',
  doorCounter: 'batches, or no limits of the tenant that count at the door',
  unfinishedKey: '`listShards`, or no limit on unfinished jobs',
  pollers: 'nothing: Lambda adds 300 batches a minute, and a provisioned mode costs by the hour',
  maximumConcurrency: '`maximumConcurrency`, up to 1,000',
  groups: 'more groups: each runs one job at a time',
  orderedCalls: '`orderedQueues`, or the quota of the queue',
  createSchedule: "Scheduler's CreateSchedule (quota); the jobs wait all the same, and cost more sends",
  invocations: "Scheduler's invocations (quota)",
  admissionConcurrency: '`admissionConcurrency`',
};
