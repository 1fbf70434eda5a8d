import * as z from 'zod/mini';
import { maxGroup } from './item-budget.ts';

/** A text of a submission. Characters as JavaScript counts them. */
export const shortTextOf = (max: number) =>
  z.string('must be a text').check(
    z.minLength(1, 'must not be empty'),
    z.maxLength(max, `may have ${max} characters at most`),
    z.refine((value: string) => value.isWellFormed(), 'must be well-formed Unicode'),
  );

/** The name of a group, of a job that is submitted or spawned. */
export const groupName = shortTextOf(maxGroup);
