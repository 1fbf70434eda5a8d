/**
 * How many jobs the descendants of one job may be, all together. It is handed down and divided, and nobody counts: each
 * batch takes a part of what is left of its parent's allowance, and each of its children gets the same part of that.
 */

/** What a batch takes, and how many children that is for. */
export interface Taken {
  readonly count: number;
  /** Absent in what older code has stored: as many as it has children. */
  readonly taken?: number | undefined;
}

const takenBy = ({ count, taken = count }: Taken): number => taken;

/** How much of a job's allowance the batches before have left. */
export const leftOf = (allowance: number, before: readonly Taken[]): number =>
  before.reduce((left, batch) => left - takenBy(batch), allowance);

/**
 * What the next batch takes. Children that spawn no jobs take a place each. With others, the first batch of a job takes
 * half of what is left, the second one a third, and so on: however many batches follow, something is left for each.
 */
export const partOf = (
  left: number,
  {
    count,
    before,
    maySpawn,
  }: { readonly count: number; readonly before: number; readonly maySpawn: boolean },
): number => (maySpawn && count > 0 ? Math.max(count, Math.floor(left / (before + 2))) : count);

/** The allowance of each child. */
export const handedDown = (batch: Taken): number =>
  batch.count === 0 ? 0 : Math.floor((takenBy(batch) - batch.count) / batch.count);
