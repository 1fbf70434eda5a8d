import type { HttpRequest } from './http-types.ts';

/**
 * `submit` takes the jobs of all clients, so one client must not hold it for long. Who wants to wait longer asks
 * `wait`.
 */
export const maxPreferredWaitSeconds = 5;

/** Between commas, but for those in quotes. */
const preferences = /(?:"(?:[^"\\]|\\.)*(?:"|\\?$)|[^",])+/gs;
const isWait = /^\s*wait\s*(?:[=;]|$)/i;
const wholeSeconds = /^[^=]*=\s*(\d+)\s*(?:;|$)/;

/**
 * How long the client would like to wait for the end of what it asks for: `Prefer: wait=10` (RFC 7240, section 4.3).
 * As the RFC has it, a preference that is not understood is ignored, and so is a second one of the same name.
 * @returns whole seconds, at most 5; undefined without such a preference
 */
export function preferredWaitSeconds({ headers }: Pick<HttpRequest, 'headers'>): number | undefined {
  const wait = headers.prefer?.match(preferences)?.find((preference) => isWait.test(preference));
  const [, seconds] = wholeSeconds.exec(wait ?? '') ?? [];
  return seconds === undefined ? undefined : Math.min(Number(seconds), maxPreferredWaitSeconds);
}
