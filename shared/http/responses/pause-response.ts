import * as z from 'zod/mini';
import { defined } from '../../domain/base/defined.ts';
import { isActive, type Pause, pauseName } from '../../domain/state/limits/pause.ts';
import { time as timeInRequest } from '../requests/submit-request.ts';
import { time } from './job-response.ts';

const maxWhy = 500;

const submissions = z.enum(['accept', 'refuse']);

/** The body of `POST /pauses`. */
export const pauseRequest = z.strictObject({
  name: pauseName,
  until: z.optional(timeInRequest),
  why: z.optional(
    z.string().check(z.minLength(1), z.maxLength(maxWhy, `must have at most ${maxWhy} characters`)),
  ),
  submissions: z.optional(submissions),
});

/** A pause as the API shows it. */
export const pauseResponse = z.object({
  name: z.string(),
  active: z.boolean(),
  since: time,
  by: z.string(),
  until: z.optional(time),
  why: z.optional(z.string()),
  submissions,
  resumedAt: z.optional(time),
  resumedBy: z.optional(z.string()),
});
export type PauseResponse = z.infer<typeof pauseResponse>;

export const pauseList = z.object({ items: z.array(pauseResponse) });

const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();
const isoOf = (milliseconds: number | undefined) =>
  milliseconds === undefined ? undefined : iso(milliseconds);

export const toPauseResponse = (name: string, one: Pause, now: number): PauseResponse => ({
  name,
  active: isActive(one, now),
  since: iso(one.at),
  by: one.by,
  submissions: one.submissions ?? 'accept',
  ...defined({
    until: isoOf(one.until),
    why: one.why,
    resumedAt: isoOf(one.resumedAt),
    resumedBy: one.resumedBy,
  }),
});
