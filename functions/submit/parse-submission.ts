import * as z from 'zod/v4/core';
import type { HttpRequest } from '../../shared/http/http-types.ts';
import { submitRequest, typedPayload } from '../../shared/http/submit-request.ts';
import { traceparentIn } from '../../shared/http/traceparent.ts';
import { type Contracts, contractOf, type JobContract } from '../../shared/job/contract.ts';
import {
  InvalidRequestError,
  PayloadTooLargeError,
  UnsupportedMediaTypeError,
  type Violation,
} from '../../shared/job/errors.ts';
import { SecretValues } from '../../shared/job/secret-values.ts';
import type { Submission } from '../../shared/operations/submit-job.ts';
import { parseIdempotencyKey } from './parse-idempotency-key.ts';

/** Checked before anything is parsed. What the job has to fit into is checked by `submitJob`. */
export const maxBodyBytes = 256 * 1024;

/**
 * Reads `POST /jobs`.
 * @throws UnsupportedMediaTypeError, PayloadTooLargeError, InvalidRequestError (with all violations)
 */
export function parseSubmission(
  request: HttpRequest,
  { tenant, contracts }: { readonly tenant: string; readonly contracts: Contracts },
): Submission {
  const body = parseBody(request);
  const shape = z.safeParse(submitRequest, body);
  const typed = checkPayload(body, contracts);
  const key = readKey(request);
  const violations = [...violationsIn(shape, ''), ...typed.violations, ...key.violations];
  if (!shape.success || !typed.contract || violations.length > 0) throw invalid(violations);
  const { type, payload = null, runAt, startBefore, ...options } = shape.data;
  return {
    tenant,
    type,
    payload,
    ...options,
    runAt: millisecondsOf(runAt),
    startBefore: millisecondsOf(startBefore),
    traceparent: traceparentIn(request),
    maxAttempts: typed.contract.maxAttempts,
    idempotencyKey: key.key,
  };
}

const millisecondsOf = (time: string | undefined): number | undefined =>
  time === undefined ? undefined : Date.parse(time);

const utf8 = new TextDecoder('utf-8', { fatal: true });

function parseBody({ headers, body, isBase64Encoded }: HttpRequest): unknown {
  const mediaType = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (mediaType !== 'application/json') throw new UnsupportedMediaTypeError('Send application/json.');
  // API Gateway leaves out a body that is empty; its local stand-in says null.
  const bytes = Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.byteLength > maxBodyBytes)
    throw new PayloadTooLargeError(`The body may have ${maxBodyBytes} bytes; it has ${bytes.byteLength}.`);
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch (cause) {
    throw invalid([{ pointer: '', detail: 'the body is not JSON in UTF-8' }], { cause });
  }
}

interface TypedPayload {
  readonly contract?: JobContract;
  readonly violations: readonly Violation[];
}

/** Checks the type and its payload, whatever else is wrong with the body. */
function checkPayload(body: unknown, contracts: Contracts): TypedPayload {
  const typed = z.safeParse(typedPayload, body);
  // The check of the whole body says that the type is missing.
  if (!typed.success) return { violations: [] };
  const { type, payload = null } = typed.data;
  const contract = contractOf(contracts, type);
  if (!contract) {
    const known = Object.keys(contracts).sort().join(', ');
    const detail = `there is no job type of this name; there are: ${known}`;
    return { violations: [{ pointer: '/type', detail }] };
  }
  return { contract, violations: payloadViolations(contract.payload, payload) };
}

function readKey({ headers }: HttpRequest): { key?: string | undefined; violations: readonly Violation[] } {
  try {
    return { key: parseIdempotencyKey(headers['idempotency-key']), violations: [] };
  } catch (error) {
    if (!(error instanceof InvalidRequestError)) throw error;
    return { violations: error.violations };
  }
}

/** The client knows what it has sent. But its log, and whoever reads that, need not. */
function payloadViolations(schema: z.$ZodType, payload: unknown): Violation[] {
  const parsed = z.safeParse(schema, payload);
  if (parsed.success) return [];
  const secrets = new SecretValues();
  secrets.add(schema, payload);
  return secrets.hideIssues(schema, parsed.error).flatMap((issue) => violationsOf(issue, '/payload'));
}

const violationsIn = (parsed: { readonly error?: z.$ZodError | undefined }, at: string): Violation[] =>
  (parsed.error?.issues ?? []).flatMap((issue) => violationsOf(issue, at));

function violationsOf(issue: z.$ZodIssue, at: string): Violation[] {
  const pointer = at + issue.path.map((part) => `/${escapePointer(String(part))}`).join('');
  if (issue.code !== 'unrecognized_keys') return [{ pointer, detail: issue.message }];
  return issue.keys.map((key) => ({ pointer: `${pointer}/${escapePointer(key)}`, detail: 'unknown key' }));
}

/** RFC 6901, section 3. */
const escapePointer = (part: string): string => part.replaceAll('~', '~0').replaceAll('/', '~1');

const invalid = (violations: readonly Violation[], options?: ErrorOptions): InvalidRequestError =>
  new InvalidRequestError('See `errors` for everything that is wrong.', violations, options);
