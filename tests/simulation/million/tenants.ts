import { FairOrder } from '../../../local/queues/fair-order.ts';
import { SeededRandom } from '../../../testkit/play/seeded-random.ts';

/** What two tenants submit to one queue: A many jobs at once, and B ten some time later. */
export interface TwoTenants {
  /** How many invocations, or jobs on servers, there are at a time. */
  readonly places: number;
  /** The most messages of an invocation. They run in parallel, and its place is free when the last one has ended. */
  readonly batch: number;
  /** How long a job of each takes: between half as long, and half as long again. */
  readonly seconds: Readonly<Record<Tenant, number>>;
  readonly jobsOfA: number;
  /** Whether the messages have their tenants as groups. */
  readonly areGroups: boolean;
}

/** When B's jobs start and end, seconds after they were submitted. */
export interface OfB {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

type Tenant = 'A' | 'B';
interface Job {
  readonly tenant: Tenant;
  readonly submittedAt: number;
}
interface Invocation {
  readonly jobs: readonly Job[];
  readonly endsAt: number;
}

const tenants = ['A', 'B'] as const;
export const jobsOfB = 10;
/** A has all places by then. */
export const bComesAt = 2_000;

const jobsOf = (tenant: Tenant, count: number, submittedAt: number): Job[] =>
  Array.from({ length: count }, () => ({ tenant, submittedAt }));

/**
 * Plays a queue until the last job of B has ended. Time is virtual: milliseconds. A message is received as soon as there is a place for
 * it, and is in flight until its invocation has ended.
 */
export function playTenants({ places, batch, seconds, jobsOfA, areGroups }: TwoTenants): OfB {
  const random = { A: new SeededRandom(1), B: new SeededRandom(2) };
  const waiting = { A: jobsOf('A', jobsOfA, 0), B: jobsOf('B', 0, 0) };
  const order = new FairOrder();
  const [starts, ends]: [number[], number[]] = [[], []];
  let running: readonly Invocation[] = [];
  let [now, hasCome] = [0, false];

  const look = () => {
    const inFlight = new Map<string, number>();
    for (const { jobs } of running)
      for (const { tenant } of jobs) inFlight.set(tenant, (inFlight.get(tenant) ?? 0) + 1);
    order.look(now, inFlight);
  };
  /** What one call is given follows from what was in flight before it. Of one rank, the oldest come first: those of A. */
  const receive = (): readonly Job[] => {
    look();
    const rankOf = areGroups ? order.ranks() : () => 0;
    const jobs: Job[] = [];
    for (const tenant of tenants.toSorted((one, other) => rankOf(one) - rankOf(other)))
      jobs.push(...waiting[tenant].splice(0, batch - jobs.length));
    return jobs;
  };
  const start = (jobs: readonly Job[]): Invocation => {
    const times = jobs.map(({ tenant, submittedAt }) => {
      const endsAt = now + seconds[tenant] * 1_000 * (0.5 + random[tenant].fraction());
      if (tenant === 'B') starts.push((now - submittedAt) / 1_000);
      if (tenant === 'B') ends.push((endsAt - submittedAt) / 1_000);
      return endsAt;
    });
    return { jobs, endsAt: Math.max(...times) };
  };

  while (starts.length < jobsOfB) {
    while (running.length < places && waiting.A.length + waiting.B.length > 0)
      running = [...running, start(receive())];
    const times = running.map(({ endsAt }) => endsAt);
    now = Math.min(...times, ...(hasCome ? [] : [bComesAt]));
    look();
    if (now === bComesAt) {
      hasCome = true;
      waiting.B = jobsOf('B', jobsOfB, now);
    }
    running = running.filter(({ endsAt }) => endsAt > now);
  }
  return { starts, ends };
}
