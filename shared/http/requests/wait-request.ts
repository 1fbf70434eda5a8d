import * as z from 'zod/mini';

/** A function behind an HTTP API has 30 seconds at most. */
export const maxWaitSeconds = 25;

const message = `must be a whole number from 0 to ${maxWaitSeconds}`;
const isInRange = (text: string): boolean => /^\d{1,3}$/.test(text) && Number(text) <= maxWaitSeconds;
const seconds = z.pipe(z.string(message).check(z.refine(isInRange, message)), z.transform(Number));

/** The query of `GET /jobs/{id}`. */
export const waitQuery = z.strictObject({ wait: z.optional(seconds) });

/** The query of `GET /jobs/{id}/wait`. */
export const secondsQuery = z.strictObject({ seconds: z._default(seconds, maxWaitSeconds) });
