import { parseDictionary } from 'structured-headers';
import type { HttpRequest } from './http-types.ts';

/** A function behind an HTTP API has 30 seconds at most, and needs some for the rest. */
export const maxPreferredWaitSeconds = 20;

/**
 * How long the client would like to wait for the end of what it asks for: `Prefer: wait=10` (RFC 7240, section 4.3).
 * A preference that is not understood is ignored, as the RFC has it.
 * @returns whole seconds, at most 20; undefined without such a preference
 */
export function preferredWaitSeconds({ headers }: Pick<HttpRequest, 'headers'>): number | undefined {
  const wait = preferencesIn(headers.prefer ?? '').get('wait')?.[0];
  if (typeof wait !== 'number' || !Number.isInteger(wait) || wait < 0) return undefined;
  return Math.min(wait, maxPreferredWaitSeconds);
}

/** Preferences look like a dictionary of structured fields (RFC 9651), but their names may have capitals. */
function preferencesIn(header: string): ReturnType<typeof parseDictionary> {
  try {
    return parseDictionary(header.toLowerCase());
  } catch {
    return new Map();
  }
}
