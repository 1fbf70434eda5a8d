import type { DayLoad } from './stage-load.ts';

export const daySeconds = 86_400;
const burstSeconds = 60;
/** After so many seconds nobody comes any more. */
export const secondsOf = ({ shape }: Pick<DayLoad, 'shape'>): number =>
  shape === 'burst' ? burstSeconds : daySeconds;

/** Jobs that come in a second: those of the tenant that has most, and those of all others. */
export interface Arrived {
  readonly first: number;
  readonly others: number;
}

/** Of one tenant with nine of ten jobs, or of tenants that are alike. */
export const shareOfFirst = ({ shape, tenants }: Pick<DayLoad, 'shape' | 'tenants'>): number =>
  shape === 'one-tenant' ? 0.9 : 1 / tenants;

/** The same for the same seed and minute: from 0.9 to 1.1 (mulberry32). */
function unrest(seed: number, minute: number): number {
  let mixed = (seed + Math.imul(minute + 1, 0x6d2b79f5)) >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return 0.9 + (((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * 0.2;
}

/** A day that has its peak at noon, 1.8 times the mean, and a fifth of the mean at midnight; each minute differs by up to a tenth. */
function weightOfDay(second: number, seed: number): number {
  const turn = (2 * Math.PI * second) / daySeconds;
  return (1 - 0.8 * Math.cos(turn)) * unrest(seed, Math.floor(second / 60));
}

/** How many jobs come in each second. All of them together are the jobs of the load. */
export function arrivalsOf({
  jobs,
  shape,
  tenants,
  seed,
}: Pick<DayLoad, 'jobs' | 'shape' | 'tenants' | 'seed'>): (second: number) => Arrived {
  const weight = (second: number): number => (shape === 'burst' ? 1 : weightOfDay(second, seed));
  const seconds = secondsOf({ shape });
  let sum = 0;
  for (let second = 0; second < seconds; second += 1) sum += weight(second);
  const share = shareOfFirst({ shape, tenants });
  return (second) => {
    if (second >= seconds) return { first: 0, others: 0 };
    const all = (jobs * weight(second)) / sum;
    return { first: all * share, others: all * (1 - share) };
  };
}
