import { invalid } from './violations.ts';

/**
 * Many times what a payload needs. A check of a payload that goes down by recursion overflows the stack at some 2,000.
 */
const maxLevels = 100;

/**
 * Refuses a value of JSON that has too many lists and objects in each other. It is looked at level by level: a
 * recursion would overflow on what this refuses.
 * @throws InvalidRequestError
 */
export function requireShallow(value: unknown): void {
  let level = [value].filter(isNest);
  for (let levels = 0; level.length > 0; levels += 1) {
    if (levels === maxLevels)
      throw invalid([{ pointer: '', detail: `may be nested ${maxLevels} levels deep at most` }]);
    level = level.flatMap((nest) => Object.values(nest).filter(isNest));
  }
}

const isNest = (value: unknown): value is object => typeof value === 'object' && value !== null;
