import type * as z from 'zod/v4/core';
import { InvalidRequestError, type Violation } from '../../domain/base/errors.ts';

/** What a check of a schema found, each with a pointer below `at`. */
export const violationsIn = (
  parsed: { readonly error?: z.$ZodError | undefined },
  at: string,
): readonly Violation[] => (parsed.error?.issues ?? []).flatMap((issue) => violationsOf(issue, at));

/** @param at the JSON pointer of what was checked */
export function violationsOf(issue: z.$ZodIssue, at: string): readonly Violation[] {
  const pointer = at + issue.path.map((part) => `/${escapePointer(String(part))}`).join('');
  if (issue.code !== 'unrecognized_keys') return [{ pointer, detail: issue.message }];
  return issue.keys.map((key) => ({ pointer: `${pointer}/${escapePointer(key)}`, detail: 'unknown key' }));
}

const maxShown = 100;
const maxPointer = 200;
const maxDetail = 500;

/** Never cuts a character in half. */
export const cut = (text: string, max: number): string => text.slice(0, max).toWellFormed();

/** Violations as an answer has them: their number and their texts are up to the sender of the request. */
export function shownViolations(violations: readonly Violation[], max = maxShown): Violation[] {
  const shown = violations.slice(0, Math.min(max, maxShown)).map(({ pointer, detail }) => ({
    pointer: cut(pointer, maxPointer),
    detail: cut(detail, maxDetail),
  }));
  const more = violations.length - shown.length;
  return more > 0 ? [...shown, { pointer: '', detail: `and ${more} more` }] : shown;
}

/** RFC 6901, section 3. */
const escapePointer = (part: string): string => part.replaceAll('~', '~0').replaceAll('/', '~1');

export const invalid = (violations: readonly Violation[], options?: ErrorOptions): InvalidRequestError =>
  new InvalidRequestError('See `errors` for everything that is wrong.', violations, options);
