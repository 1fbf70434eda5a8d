import * as z from 'zod/v4/core';
import { submitRequest } from '../../shared/contracts/submit-request.ts';
import {
  InvalidRequestError,
  PayloadTooLargeError,
  UnsupportedMediaTypeError,
  type Violation,
} from '../../shared/errors.ts';
import { type HttpRequest, tenantOf } from '../../shared/http.ts';
import { catalog, isJobType } from '../../shared/jobs/catalog.ts';
import { parseIdempotencyKey } from './parse-idempotency-key.ts';
import type { Submission } from './submit-job.ts';

/** See `largestMessageBytes`; an answer before anything is parsed. */
export const largestBodyBytes = 256 * 1024;

/**
 * Reads `POST /jobs`.
 * @throws UnsupportedMediaTypeError, PayloadTooLargeError, InvalidRequestError (with all violations)
 */
export function parseSubmission(request: HttpRequest): Submission {
  const { type, payload, runAt, ...rest } = parseShape(submitRequest, parseBody(request), '');
  if (!isJobType(type)) {
    const known = Object.keys(catalog).sort().join(', ');
    throw invalid([{ pointer: '/type', detail: `there is no job type of this name; there are: ${known}` }]);
  }
  const contract = catalog[type];
  parseShape(contract.payload, payload, '/payload');
  return {
    tenant: tenantOf(request),
    type,
    payload,
    ...rest,
    runAt: runAt === undefined ? undefined : Date.parse(runAt),
    maxAttempts: contract.maxAttempts,
    idempotencyKey: parseIdempotencyKey(request.headers['idempotency-key']),
  };
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function parseBody({ headers, body = '', isBase64Encoded }: HttpRequest): unknown {
  const mediaType = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (mediaType !== 'application/json') throw new UnsupportedMediaTypeError('Send application/json.');
  const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.byteLength > largestBodyBytes)
    throw new PayloadTooLargeError(
      `The body may have ${largestBodyBytes} bytes; it has ${bytes.byteLength}.`,
    );
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch (cause) {
    throw invalid([{ pointer: '', detail: 'the body is not JSON in UTF-8' }], { cause });
  }
}

function parseShape<Schema extends z.$ZodType>(schema: Schema, value: unknown, at: string): z.output<Schema> {
  const parsed = z.safeParse(schema, value);
  if (parsed.success) return parsed.data;
  throw invalid(parsed.error.issues.flatMap((issue) => violationsOf(issue, at)));
}

function violationsOf(issue: z.$ZodIssue, at: string): Violation[] {
  const pointer = at + issue.path.map((part) => `/${escapePointer(String(part))}`).join('');
  if (issue.code !== 'unrecognized_keys') return [{ pointer, detail: issue.message }];
  return issue.keys.map((key) => ({ pointer: `${pointer}/${escapePointer(key)}`, detail: 'unknown key' }));
}

/** RFC 6901, section 3. */
const escapePointer = (part: string): string => part.replaceAll('~', '~0').replaceAll('/', '~1');

const invalid = (violations: readonly Violation[], options?: ErrorOptions): InvalidRequestError =>
  new InvalidRequestError('See `errors` for everything that is wrong.', violations, options);
