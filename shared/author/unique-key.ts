import * as z from 'zod/v4/core';
import type { JobContract } from './contract.ts';

/** Which job of its type a submission means. */
export interface UniqueKey {
  readonly key: string;
  readonly withinSeconds: number;
}

const maxCharacters = 1_000;

/** What is wrong with a payload that has no unique key. */
export const noUniqueKey = `has no unique key: \`unique.key\` of the job type throws, or returns no text of 1 to ${maxCharacters} characters`;

/**
 * What the contract says of a payload that fits.
 * @returns undefined if the type is not unique
 * @throws TypeError if `unique.key` returns what is no such text; and what it throws
 */
export function askUnique({ unique, payload: schema }: JobContract, payload: unknown): UniqueKey | undefined {
  if (!unique) return undefined;
  const key: unknown = unique.key(z.parse(schema, payload));
  if (typeof key === 'string' && key.length > 0 && key.length <= maxCharacters)
    return { key, withinSeconds: unique.withinSeconds };
  throw new TypeError(`unique.key must return a text of 1 to ${maxCharacters} characters`);
}
