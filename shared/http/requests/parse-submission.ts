import * as z from 'zod/v4/core';
import { type Contracts, contractOf, type JobContract } from '../../author/contract.ts';
import { SecretValues } from '../../author/secret-values.ts';
import { InvalidRequestError, type Violation } from '../../domain/base/errors.ts';
import type { Submission } from '../../operations/submit/submission.ts';
import type { HttpRequest } from '../wire/http-types.ts';
import { requireShallow } from '../wire/nesting.ts';
import { maxBodyBytes, parseJsonBody } from '../wire/parse-json-body.ts';
import { traceparentIn } from '../wire/traceparent.ts';
import { invalid, violationsIn, violationsOf } from '../wire/violations.ts';
import { readIdempotencyKey } from './parse-idempotency-key.ts';
import { submitRequest, typedPayload } from './submit-request.ts';

interface Submitting {
  readonly tenant: string;
  readonly contracts: Contracts;
}

/**
 * Reads `POST /jobs`.
 * @throws UnsupportedMediaTypeError, PayloadTooLargeError, InvalidRequestError (with all violations)
 */
export function parseSubmission(request: HttpRequest, submitting: Submitting): Submission {
  const body = parseJsonBody(request, maxBodyBytes);
  const key = readIdempotencyKey(request);
  const read = readSubmission(body, submitting);
  const violations = [...(read instanceof InvalidRequestError ? read.violations : []), ...key.violations];
  if (read instanceof InvalidRequestError || violations.length > 0) throw invalid(violations);
  return { ...read, idempotencyKey: key.key, traceparent: traceparentIn(request) };
}

/**
 * Reads the body of a submission.
 * @returns the submission, or an error with all violations
 * @throws InvalidRequestError for a body that is nested too deeply to be looked at
 */
export function readSubmission(
  body: unknown,
  { tenant, contracts }: Submitting,
): Submission | InvalidRequestError {
  requireShallow(body);
  const shape = z.safeParse(submitRequest, body);
  const typed = checkPayload(body, contracts);
  const violations = [...violationsIn(shape, ''), ...typed.violations];
  if (!shape.success || !typed.contract || violations.length > 0) return invalid(violations);
  const { type, payload = null, runAt, startBefore, ...options } = shape.data;
  return {
    tenant,
    type,
    payload,
    ...options,
    runAt: millisecondsOf(runAt),
    startBefore: millisecondsOf(startBefore),
    maxAttempts: typed.contract.maxAttempts,
  };
}

const millisecondsOf = (time: string | undefined): number | undefined =>
  time === undefined ? undefined : Date.parse(time);

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
  if (!contract || contract.reserved)
    return { violations: [{ pointer: '/type', detail: whyNot(contracts, contract) }] };
  return { contract, violations: payloadViolations(contract.payload, payload) };
}

function whyNot(contracts: Contracts, contract: JobContract | undefined): string {
  if (contract?.reserved) return `is reserved: ${contract.reserved}`;
  const open = Object.keys(contracts).filter((type) => !contractOf(contracts, type)?.reserved);
  return `there is no job type of this name; there are: ${open.sort().join(', ')}`;
}

/** The client knows what it has sent. But its log, and the readers of its log, need not. */
function payloadViolations(schema: z.$ZodType, payload: unknown): readonly Violation[] {
  const parsed = z.safeParse(schema, payload);
  if (parsed.success) return [];
  const secrets = new SecretValues();
  secrets.add(schema, payload);
  return secrets.hideIssues(schema, parsed.error).flatMap((issue) => violationsOf(issue, '/payload'));
}
