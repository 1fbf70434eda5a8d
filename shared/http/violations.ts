import type * as z from 'zod/v4/core';
import { InvalidRequestError, type Violation } from '../domain/base/errors.ts';

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

/** RFC 6901, section 3. */
const escapePointer = (part: string): string => part.replaceAll('~', '~0').replaceAll('/', '~1');

export const invalid = (violations: readonly Violation[], options?: ErrorOptions): InvalidRequestError =>
  new InvalidRequestError('See `errors` for everything that is wrong.', violations, options);
