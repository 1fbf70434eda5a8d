import { createHmac, type KeyObject } from 'node:crypto';
import { InvalidRequestError } from './errors.ts';
import { sha256 } from './sha256.ts';

/**
 * The same text for requests that say the same, however their keys are ordered: SHA-256 of the JSON with sorted keys.
 * @throws InvalidRequestError if the value is nested deeper than it can be written
 */
export function fingerprintOf(request: unknown): string {
  try {
    const text = JSON.stringify(request, (_key, value: unknown) => sortedIfObject(value));
    return sha256(text);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new InvalidRequestError(
      'The payload is nested too deeply.',
      [{ pointer: '/payload', detail: 'nested too deeply' }],
      { cause },
    );
  }
}

const sortedIfObject = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;

/**
 * The job id that belongs to a tenant's `Idempotency-Key`: HMAC-SHA-256 as a UUID of version 8 (RFC 9562). Without the
 * secret, nobody who guesses a key can compute the id.
 */
export function keyedJobId(secret: string | KeyObject, tenant: string, key: string): string {
  const hex = createHmac('sha256', secret)
    .update(JSON.stringify([tenant, key]))
    .digest('hex');
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
