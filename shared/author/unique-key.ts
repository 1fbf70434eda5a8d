import * as z from 'zod/v4/core';
import type { JobContract } from './contract.ts';

/** Which job of its type a submission means. */
export interface UniqueKey {
  readonly key: string;
  readonly withinSeconds: number;
}

const maxCharacters = 1_000;

/**
 * What the contract says of a payload that fits.
 * @returns undefined if the type is not unique
 * @throws TypeError if `unique.key` returns what is no such text; and what it throws
 */
export function askUnique({ unique, ...contract }: JobContract, payload: unknown): UniqueKey | undefined {
  if (!unique) return undefined;
  const key: unknown = unique.key(z.parse(contract.payload, payload));
  if (typeof key === 'string' && key.length > 0 && key.length <= maxCharacters)
    return { key, withinSeconds: unique.withinSeconds };
  throw new TypeError(`unique.key must return a text of 1 to ${maxCharacters} characters`);
}
