import { InvalidRequestError, type Violation } from '../../domain/base/errors.ts';
import type { HttpRequest } from '../wire/http-types.ts';

const maxKey = 255;

/** RFC 8941, section 3.3.3: printable ASCII in quotes, with `\"` and `\\` as the only escapes. */
export const structuredString = /^"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/;
/** RFC 9110, section 5.6.2, widened by what a base64 or URL-like key has. */
export const bareToken = /^[!#$%&'*+\-.^_`|~0-9A-Za-z:/=]+$/;

/**
 * The key in an `Idempotency-Key` header, or undefined if there is none. A structured-field string as the IETF
 * draft has it; a bare token is taken too, since most clients send one.
 * @throws InvalidRequestError for anything else
 */
export function parseIdempotencyKey(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const trimmed = header.trim();
  const key =
    structuredString.exec(trimmed)?.[1]?.replace(/\\(.)/g, '$1') ??
    (bareToken.test(trimmed) ? trimmed : undefined);
  if (key !== undefined && key !== '' && key.length <= maxKey) return key;
  const detail = `must be a string in double quotes, or a bare token, of 1 to ${maxKey} characters`;
  throw new InvalidRequestError('The Idempotency-Key header is not valid.', [
    { pointer: 'Idempotency-Key', detail },
  ]);
}

interface ReadKey {
  readonly key?: string | undefined;
  readonly violations: readonly Violation[];
}

/** The key of a request, or what is wrong with it, to be told with what else is wrong. */
export function readIdempotencyKey({ headers }: Pick<HttpRequest, 'headers'>): ReadKey {
  try {
    return { key: parseIdempotencyKey(headers['idempotency-key']), violations: [] };
  } catch (error) {
    if (!(error instanceof InvalidRequestError)) throw error;
    return { violations: error.violations };
  }
}
