import { PermanentError, unreachable } from '../../shared/domain/base/errors.ts';
import { SeededRandom } from '../../testkit/play/seeded-random.ts';
import { contracts } from '../job-types/contracts.ts';
import type { World } from './world.ts';

type Handlers = World['handlers'];
type Booking = Handlers['booking'];
type Sheet = Handlers['contact-sheet'];
type Job = Parameters<Booking>[1];

/** Each payload of a parent has another plan, which is the same in every attempt. */
export const plans = 10_000;
/** Parents of parents of parents, at most. */
export const maxDepth = 2;

/** In three of five seeds attempts take starts, of which there are few in one of them; in three of four they take places. */
const rates = [
  null,
  null,
  { perSecond: 1, burst: 2 },
  { perSecond: 0.05, burst: 1 },
  { perSecond: 1 / 1_200, burst: 3 },
];
const places = [null, 1, 2, 3];

/** The types of one seed: jobs that count have limits, parents may have some, and sheets are debounced. */
export function mixedTypes(random: SeededRandom) {
  const [rate, running, parents] = [random.pick(rates), random.pick(places), random.pick(places)];
  const limits = [
    ...(rate ? [{ key: 'starts', ...rate }] : []),
    ...(running ? [{ key: 'places', running }] : []),
  ];
  const delaySeconds = random.pick([5, 20, 1_200]);
  return {
    rate,
    counting: { ...contracts.counting, limits },
    // A parent that waits has left its place.
    booking: { ...contracts.booking, ...(parents ? { limits: [{ key: 'parents', running: parents }] } : {}) },
    sheet: {
      ...contracts['contact-sheet'],
      signals: contracts.booking.signals,
      debounce: {
        key: ({ failing }: SheetPayload) => `${failing.length}`,
        delaySeconds,
        maxDelaySeconds: 3 * delaySeconds,
      },
    },
  };
}

export type MixedTypes = ReturnType<typeof mixedTypes>;
interface SheetPayload {
  readonly failing: readonly number[];
}

/** What the jobs of these types do. */
export const mixedHandlers = (
  world: World,
  types: MixedTypes,
): Pick<Handlers, 'booking' | 'contact-sheet'> => ({
  booking: async (payload, job) => parent(payload, job, types),
  'contact-sheet': sheet(world),
});

/** It says which payload has run, and some wait for a time then. */
const sheet =
  (world: World): Sheet =>
  async (payload, job) => {
    world.guard(() => world.debounceRule.onRun(job.id, payload));
    if (payload.count % 3 === 0) await job.waitFor('answer', { until: 10 + (payload.count % 50) });
    if (payload.count % 7 === 0 && job.run === 1) throw new PermanentError('not in this run');
    return { count: payload.count, sum: 0, starts: 0, build: '' };
  };

/** What a parent does, by its payload. */
function planOf(kind: number) {
  const random = new SeededRandom(kind + 1);
  const count = random.below(5);
  return {
    count,
    ofParents: random.chance(0.25),
    whenParentEnds: random.pick(['cancel', 'cancel', 'leave'] as const),
    any: count > 0 && random.chance(0.25) ? 1 + random.below(count) : undefined,
    tolerate: random.chance(0.25) ? random.below(3) : undefined,
    group: random.chance(0.2) ? (index: number) => `children ${index % 2}` : undefined,
    end: random.pick(['none', 'settled', 'succeeded', 'first', 'first', 'answer'] as const),
    untilSeconds: random.pick([20, 60, 900]),
    failsFirst: random.chance(0.2),
    calls: random.chance(0.2),
    kindOf: (index: number) => (kind * 31 + index * 7 + 1) % plans,
    secondsOf: (index: number) => [0, 4, 9, 30][(kind + index) % 4] ?? 0,
  };
}
type Plan = ReturnType<typeof planOf>;

/** It spawns children, waits for what its plan says, and perhaps calls one more. */
async function parent(
  { seats: kind, waitSeconds: depth }: Parameters<Booking>[0],
  job: Job,
  types: MixedTypes,
): Promise<Awaited<ReturnType<Booking>>> {
  const plan = planOf(kind);
  const batch =
    plan.ofParents && depth > 0
      ? await spawnParents(plan, depth, { job, types })
      : await spawn(plan, job, types);
  const charge = await ended(plan, batch, job);
  if (plan.failsFirst && job.run === 1) throw new PermanentError('not in this run');
  if (plan.calls && depth > 0)
    await job.call('second', types.booking, { seats: plan.kindOf(9), waitSeconds: depth - 1 });
  const step = await job.step('charge', () => charge);
  return { seats: [], charge: step };
}

/** A child fails in each run if its number says so, and else some fail in their first attempts. */
const spawn = ({ secondsOf, kindOf, ...plan }: Plan, job: Job, { counting }: MixedTypes) =>
  job.spawn('first', counting, {
    ...plan,
    payload: (index) => ({
      seconds: secondsOf(index),
      ...(kindOf(index) % 4 === 0 ? { failFirst: 1 + (kindOf(index) % 6) } : {}),
    }),
  });

const spawnParents = (
  { kindOf, ...plan }: Plan,
  depth: number,
  { job, types }: { readonly job: Job; readonly types: MixedTypes },
) =>
  job.spawn('first', types.booking, {
    ...plan,
    payload: (index) => ({ seats: kindOf(index), waitSeconds: depth - 1 }),
  });

type Batch = Awaited<ReturnType<typeof spawn>> | Awaited<ReturnType<typeof spawnParents>>;

/** @returns what has let it go on */
async function ended({ end, untilSeconds }: Plan, batch: Batch, job: Job): Promise<string | null> {
  const wait = { signal: 'approve', until: untilSeconds } as const;
  switch (end) {
    case 'none':
      return null;
    case 'settled':
      return (await batch.settled()).isEarly ? 'early' : 'over';
    case 'succeeded':
      await batch.succeeded();
      return end;
    case 'first':
      return (await job.waitFor('first', { ...wait, children: batch })).by;
    case 'answer':
      return (await job.waitFor('first', wait)).by;
    default:
      return unreachable(end);
  }
}
