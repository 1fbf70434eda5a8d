import type { Contender } from './functions/contenders.ts';

/** One figure of one contender, measured once in each round. */
export interface Series {
  /** What is measured, such as `submit: cold start`. Contenders that are compared have the same name and unit. */
  readonly name: string;
  /** `ms`, `bytes` or `calls`. */
  readonly unit: string;
  readonly of: Contender;
  /** The figure of each round, in their order. What is the same in each round has one. */
  readonly rounds: readonly number[];
}

/** How a figure of one contender stands to that of another. */
export interface Ratio {
  readonly median: number;
  readonly smallest: number;
  readonly greatest: number;
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((one, other) => one - other);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  if (low === undefined || high === undefined) throw new Error('There is no median of nothing.');
  return (low + high) / 2;
}

/**
 * Divides the figures of the same round. So a round in which the machine was slow for all of them counts as any other.
 * @throws if one of them has other rounds
 */
export function ratio(figures: Series, base: Series): Ratio {
  if (figures.rounds.length !== base.rounds.length) throw new Error(`${figures.name} has other rounds.`);
  const ratios = figures.rounds.map((figure, round) => figure / (base.rounds[round] ?? Number.NaN));
  return { median: median(ratios), smallest: Math.min(...ratios), greatest: Math.max(...ratios) };
}
