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
  const key = keyText('unique.key', unique.key(z.parse(schema, payload)));
  return { key, withinSeconds: unique.withinSeconds };
}

/** Which waiting job of its type a submission replaces. */
export interface DebounceKey {
  readonly key: string;
  readonly delayMs: number;
  readonly maxDelayMs: number;
}

/** What is wrong with a payload that has no debounce key. */
export const noDebounceKey = `has no debounce key: \`debounce.key\` of the job type throws, or returns no text of 1 to ${maxCharacters} characters`;

/**
 * The same of a type that is debounced.
 * @returns undefined if it is not
 * @throws TypeError if `debounce.key` returns what is no such text; and what it throws
 */
export function askDebounce(
  { debounce, payload: schema }: JobContract,
  { tenant, payload }: { readonly tenant: string; readonly payload: unknown },
): DebounceKey | undefined {
  if (!debounce) return undefined;
  const key = keyText('debounce.key', debounce.key(z.parse(schema, payload), { tenant }));
  const { delaySeconds, maxDelaySeconds } = debounce;
  return { key, delayMs: delaySeconds * 1000, maxDelayMs: maxDelaySeconds * 1000 };
}

function keyText(name: string, key: unknown): string {
  if (typeof key === 'string' && key.length > 0 && key.length <= maxCharacters) return key;
  throw new TypeError(`${name} must return a text of 1 to ${maxCharacters} characters`);
}
