import * as z from 'zod/mini';
import { scheduleTags } from '../../base/schedule-time.ts';
import { maxGroup, maxTag, maxTags } from './item-budget.ts';

/** A text of a submission. Characters as JavaScript counts them. */
export const shortTextOf = (max: number) =>
  z.string('must be a text').check(
    z.minLength(1, 'must not be empty'),
    z.maxLength(max, `may have ${max} characters at most`),
    z.refine((value: string) => value.isWellFormed(), 'must be well-formed Unicode'),
  );

/** The name of a group, of a job that is submitted or spawned. */
export const groupName = shortTextOf(maxGroup);

export const tag = shortTextOf(maxTag);

/** The tags of a job that is submitted or spawned. A search for the jobs of a schedule must find no others. */
export const tagList = z
  .array(
    tag.check(
      z.refine((text: string) => !text.startsWith(scheduleTags), `must not begin with ${scheduleTags}`),
    ),
    'must be a list of texts',
  )
  .check(z.maxLength(maxTags, `may have ${maxTags} tags at most`));
